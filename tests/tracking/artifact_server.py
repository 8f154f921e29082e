"""A stand-in for W&B that gives back one artefact, as the wandb package asks for it.

The server that the other tests use takes artefacts in and has no query that gives them out.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

PROJECT = {"id": "1", "internalId": "1", "name": "kept", "entity": {"name": "team"}}
COLLECTION = {"__typename": "ArtifactSequence", "name": "estimates-1", "project": PROJECT}
NAME = "team/kept/estimates-1:latest"
MADE = "2026-01-01T00:00:00Z"
ALIAS = {"__typename": "ArtifactAlias", "id": "1", "alias": "latest"}
ARTIFACT = {
    "__typename": "Artifact",
    "id": "QXJ0",
    "artifactSequence": COLLECTION,
    "versionIndex": 0,
    "artifactType": {"name": "estimates"},
    "description": None,
    "metadata": "{}",
    "ttlDurationSeconds": -2,
    "ttlIsInherited": False,
    "tags": [],
    "historyStep": None,
    "state": "COMMITTED",
    "size": "10",
    "digest": "abc",
    "commitHash": "abc",
    "fileCount": 1,
    "createdAt": MADE,
    "updatedAt": None,
    "aliases": [{**ALIAS, "artifactCollection": COLLECTION}],
}
VIEWER = {
    **{"id": "1", "entity": "team", "username": "u", "email": "e", "flags": "{}"},
    "teams": {"edges": []},
}


@contextmanager
def artifact_server(file: Path) -> Iterator[str]:
    """The address of a server with one artefact, `NAME`, that holds one file."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            asked = json.loads(body) if self.path == "/graphql" else {}
            self._send(json.dumps({"data": _answer(asked, file, address)}).encode())

        def do_GET(self) -> None:
            self._send(_manifest(file) if self.path == "/manifest" else file.read_bytes())

        def log_message(self, *_: object) -> None:
            pass

        def _send(self, data: bytes) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield address
        server.shutdown()


def _answer(asked: dict[str, Any], file: Path, address: str) -> dict[str, Any]:
    query, variables = asked.get("query", ""), asked.get("variables") or {}
    if "viewer" in query:
        return {"viewer": VIEWER}
    if "FetchArtifactManifest" in query:
        manifest = {"file": {"directUrl": f"{address}/manifest"}}
        return {"artifact": {"currentManifest": manifest}}
    if "FileUrls" in query:
        node = {"__typename": "File", "name": file.name, "directUrl": f"{address}/{file.name}"}
        page = {"__typename": "PageInfo", "endCursor": None, "hasNextPage": False}
        files = {"pageInfo": page, "edges": [{"node": node}]}
        membership = {"artifactMembership": {"files": files}}
        return {"project": {"artifactCollection": {"__typename": "ArtifactSequence", **membership}}}
    if "ArtifactMembershipByName" in query:
        known = (variables["entity"], variables["project"], variables["name"])
        there = "{}/{}/{}".format(*known) == NAME
        return {"project": {"artifactCollectionMembership": _membership() if there else None}}
    return {}


def _membership() -> dict[str, Any]:
    return {
        "__typename": "ArtifactCollectionMembership",
        "id": "1",
        "versionIndex": 0,
        "createdAt": MADE,
        "aliases": [ALIAS],
        "artifactCollection": COLLECTION,
        "artifact": ARTIFACT,
    }


def _manifest(file: Path) -> bytes:
    data = file.read_bytes()
    entry = {
        "digest": base64.b64encode(hashlib.md5(data).digest()).decode(),
        "birthArtifactID": "QXJ0",
        "size": len(data),
    }
    manifest = {
        "version": 1,
        "storagePolicy": "wandb-storage-policy-v1",
        "storagePolicyConfig": {"storageLayout": "V2"},
        "contents": {file.name: entry},
    }
    return json.dumps(manifest).encode()
