// Notes when a figure of the page shows other data than when `arm` was called, or a canvas is painted: `first` and
// `last`, in milliseconds, and `pressed`, when a key or the pointer went down.
window.bench = {
  known: new Set(), pressed: 0, first: 0, last: 0, busy: 0,
  content(plot) {
    const { annotations, shapes, images, title, meta } = plot.layout || {};
    const text = JSON.stringify([plot.data, annotations, shapes, images, title, meta]);
    let hash = 0;
    for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
    return `${text.length} ${hash}`;
  },
  plots() {
    return [...document.querySelectorAll(".js-plotly-plot")].filter((plot) => plot.querySelector(".main-svg"));
  },
  drawn(plot, now) {
    const content = this.content(plot);
    if (this.known.has(content)) return;
    this.known.add(content);
    this.note(now);
  },
  note(now) {
    this.first ||= now;
    this.last = now;
  },
  // A chart that is drawn again tells it; one that has just come is on the screen with the next frame.
  look() {
    for (const plot of this.plots()) {
      if (plot.benched) continue;
      plot.benched = true;
      plot.on("plotly_afterplot", () => this.drawn(plot, performance.now()));
      requestAnimationFrame((now) => this.drawn(plot, now));
    }
  },
  arm() {
    this.look();
    this.known = new Set(this.plots().map((plot) => this.content(plot)));
    this.pressed = this.first = this.last = this.busy = 0;
  },
  quiet(milliseconds) {
    const now = performance.now();
    const app = document.querySelector("[data-testid='stApp']");
    if (!app || app.dataset.testScriptState !== "notRunning") this.busy = now;
    return now - Math.max(this.busy, this.last, this.pressed) > milliseconds;
  },
};
for (const name of ["keydown", "pointerdown"]) {
  document.addEventListener(name, () => (window.bench.pressed ||= performance.now()), true);
}
new MutationObserver(() => window.bench.look()).observe(document, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["class"],
});
// Charts draw their images on canvases that are not on the page; a lens is one that is.
for (const name of ["putImageData", "drawImage", "fillRect", "stroke", "fill", "fillText"]) {
  const paint = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (...given) {
    if (this.canvas.isConnected) window.bench.note(performance.now());
    return paint.apply(this, given);
  };
}
