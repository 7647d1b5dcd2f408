# docker build -t explorer .                          for CPUs
# docker build -t explorer --build-arg TORCH=cuda .   for NVIDIA GPUs, run with --gpus all
FROM python:3.11-slim-bookworm

ARG TORCH=cpu
# Nobody can write bytecode beside the sources later: what is not compiled here would be at every start.
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 UV_COMPILE_BYTECODE=1

# Chromium draws PDF and PNG. The font has the letters that sentences may have. Debian's newest of both: they are what is attacked.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core && rm -rf /var/lib/apt/lists/*

# The lock's versions. Its torch is the one for CUDA; for CPUs it is the same version of another index, without CUDA's libraries.
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir uv==0.13.9 && \
    if [ "$TORCH" = cpu ]; then \
        sed -i -E '/^(nvidia-|cuda-|triton)/d' requirements.txt && \
        uv pip install --system --no-cache --no-deps --torch-backend=cpu -r requirements.txt; \
    else uv pip install --system --no-cache -r requirements.txt; fi

COPY pyproject.toml README.md LICENSE app.py ./
COPY .streamlit .streamlit
COPY explorer explorer
COPY pages pages
COPY lessons lessons
COPY checkpoints checkpoints
COPY docs/glossary.md docs/glossary.md
RUN uv pip install --system --no-cache --no-deps -e . && python -m compileall -q explorer pages app.py

# Nobody in here may write but to /tmp and /data: `docker run --init --read-only --tmpfs /tmp -v data:/data`. `--init` ends
# what Chromium leaves behind.
RUN useradd --uid 10001 --no-create-home --home-dir /tmp explorer && mkdir /data && chown explorer /data
USER 10001
VOLUME /data
ENV HOME=/tmp XDG_CACHE_HOME=/data HF_HOME=/data/huggingface EXPLORER_REPORTS=/data/reports EXPLORER_RUNS=/data/runs PORT=8501
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["python", "-c", \
    "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/_stcore/health', timeout=2)"]
ENTRYPOINT ["explorer"]
CMD ["serve", "--address", "0.0.0.0"]
