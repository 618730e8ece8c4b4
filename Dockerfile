# One image for every service: our environment, Rasa's environment and the code.
FROM python:3.11-slim-bookworm AS shopkeeper
COPY --from=python:3.10-slim-bookworm /usr/local /opt/python3.10
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential libpq-dev libgomp1 \
    && rm -rf /var/lib/apt/lists/*
ENV RASA_PYTHON=/opt/python3.10/bin/python3.10 \
    LD_LIBRARY_PATH=/opt/python3.10/lib \
    PYTHONUNBUFFERED=1 \
    PATH=/srv/shopkeeper/.venv/bin:$PATH
WORKDIR /srv/shopkeeper
COPY pyproject.toml constraints.txt Makefile ./
COPY bot ./bot
COPY nlu ./nlu
COPY retrieval ./retrieval
COPY insight ./insight
COPY data ./data
RUN make environments
RUN useradd --create-home shopkeeper && mkdir -p var && chown -R shopkeeper var
USER shopkeeper
VOLUME /srv/shopkeeper/var
EXPOSE 8000
CMD ["shopkeeper", "serve", "gateway"]
