# One image for web, media, worker and beat; docker-compose.yml says which is which.
FROM node:24-slim AS browser
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund --ignore-scripts

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --create-home --uid 10001 copilot
WORKDIR /app
COPY requirements/server.txt requirements/server.txt
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/server.txt
COPY --from=browser /app/node_modules node_modules
COPY . .
# The manifest of hashed names belongs to the image. The key is only for this step.
RUN SECRET_KEY=build python manage.py collectstatic --no-input --verbosity 0 --skip-checks \
    && mkdir -p /data && chown copilot /data
USER copilot
ENV MEDIA_ROOT=/data/media VAR_DIR=/data
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["python", "-m", "callcenter.serve", "--host", "0.0.0.0", "--port", "8000"]
