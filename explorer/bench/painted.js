// When what an event asked of the lens was on the screen: `times` are milliseconds from the event to the end of the last
// frame that wrote pixels for it.
window.painted = {
  times: [], asked: 0, done: 0, framed: false,
  ask(event) {
    if (this.asked && this.done > this.asked) this.times.push(this.done - this.asked);
    this.asked = event.timeStamp;
  },
  wrote() {
    if (this.framed) return;
    this.framed = true;
    const after = new MessageChannel();
    after.port1.onmessage = () => {
      this.framed = false;
      this.done = performance.now();
    };
    // The lens writes pixels in animation frames only: a message posted there comes when the frame is painted.
    after.port2.postMessage(0);
  },
  listen(kind) {
    addEventListener(kind, (event) => this.ask(event), { capture: true });
  },
  take() {
    if (this.done > this.asked) this.times.push(this.done - this.asked);
    this.asked = 0;
    return this.times.splice(0);
  },
};
const put = CanvasRenderingContext2D.prototype.putImageData;
CanvasRenderingContext2D.prototype.putImageData = function (...given) {
  window.painted.wrote();
  return put.apply(this, given);
};
