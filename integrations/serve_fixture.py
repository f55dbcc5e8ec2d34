"""What the tests ask: a real `assay serve`, servers that fail as they are told, and a tokenizer of bytes."""

import atexit
import functools
import json
import os
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PROBLEM = "What is 4 - (1 + (3 - 3))?"
WRONG = "3 - 3 = 0, so 4 - (1 + 0)\n1 + 0 = 2, so 4 - 2\n4 - 2 = 2\nAnswer: 2"
RIGHT = "3 - 3 = 0, so 4 - (1 + 0)\n1 + 0 = 1, so 4 - 1\n4 - 1 = 3\nAnswer: 3"


@functools.cache
def serve(*arguments):
    """The URL of a server that ends with the tests; one for each list of arguments."""
    command = ["node", ROOT / "bin/assay.mjs", "serve", "--port", "0", "--json", "--threads", "1", *arguments]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "TEST_TOKEN": "s3cret"})
    atexit.register(server.stdout.close)
    atexit.register(server.wait)
    atexit.register(server.terminate)
    return json.loads(server.stdout.readline())["url"]


class ScriptedServer:
    """Answers each request with the next of `answers`, each (status, headers, body), or None to hang up. A context
    manager."""

    def __init__(self, *answers):
        self.asked = []
        script = iter(answers)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(handler):
                body = handler.rfile.read(int(handler.headers["content-length"]))
                self.asked.append((handler.path, dict(handler.headers), json.loads(body)))
                answer = next(script)
                if answer is None:
                    handler.close_connection = True
                    return
                status, headers, content = answer
                content = content if isinstance(content, bytes) else json.dumps(content).encode()
                handler.send_response(status)
                for name, value in {"content-length": len(content), **headers}.items():
                    handler.send_header(name, str(value))
                handler.end_headers()
                handler.wfile.write(content)
                handler.close_connection = True

            def log_message(*_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class ByteTokenizer:
    """A stand-in for byte-level tokenizers of `transformers`: words, runs of line breaks, and the single bytes of what
    is not ASCII. Offsets count characters; the bytes of one character all have its own. Special tokens are no text."""

    END = 0
    all_special_ids = [END]

    def __init__(self):
        self.tokens = [b"<|im_end|>"]

    def id(self, token):
        if token not in self.tokens:
            self.tokens.append(token)
        return self.tokens.index(token)

    def __call__(self, text, add_special_tokens, return_offsets_mapping):
        assert return_offsets_mapping and not add_special_tokens
        pieces = []
        for found in re.finditer(r"<\|im_end\|>| ?[a-zA-Z]+|[.:]?\n+|[ -~]|[^\x00-\x7f]", text):
            parts = [found[0].encode()] if found[0].isascii() else [bytes([byte]) for byte in found[0].encode()]
            pieces += [(self.id(part), found.span()) for part in parts]
        return {"input_ids": [id for id, _ in pieces], "offset_mapping": [span for _, span in pieces]}

    def decode(self, ids, skip_special_tokens=False, clean_up_tokenization_spaces=False):
        kept = (self.tokens[id] for id in ids if not (skip_special_tokens and id in self.all_special_ids))
        return b"".join(kept).decode(errors="replace")
