"""The vectors of the questions, searched by inner product; the only package that imports FAISS.

Which FAISS index is made follows from the size alone (`retrieval.index.nearest`).
"""

from retrieval.index.index import Index
from retrieval.index.manifest import REBUILD, Manifest, read_manifest

__all__ = ["REBUILD", "Index", "Manifest", "read_manifest"]
