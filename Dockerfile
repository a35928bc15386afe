FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DYNO_ENV=production DYNO_HOME=/data

# PostgreSQL refuses to run as root, and so does this app: one account for both.
RUN useradd --create-home --uid 10001 dyno && install -d -o dyno -g dyno /data /app
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

COPY --chown=dyno:dyno streamlit_app.py ./
COPY --chown=dyno:dyno .streamlit .streamlit
COPY --chown=dyno:dyno static static
COPY --chown=dyno:dyno pages pages
COPY --chown=dyno:dyno migrations migrations
COPY --chown=dyno:dyno dyno_core dyno_core

USER dyno
# Once here, not in every process of every container.
RUN python -m compileall -q dyno_core migrations
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/health', timeout=4)"]
CMD ["python", "-m", "dyno_core", "serve", "--host", "0.0.0.0", "--port", "8501"]
