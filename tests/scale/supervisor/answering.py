"""A small program that serves: `python -I -S answering.py FD`. It does what is asked by the path, one after another."""

import contextlib
import os
import socket
import subprocess
import sys
import time

kept = []
listening = socket.socket(fileno=int(sys.argv[1]))
while True:
    connection, _ = listening.accept()
    path = connection.recv(4096).partition(b" ")[2].partition(b" ")[0]
    if path == b"/hang":
        time.sleep(600)
    elif path == b"/eat":
        kept.append(os.urandom(1000) * 120_000)
    elif path == b"/child":
        subprocess.Popen(["sleep", "600"])
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
    connection.close()
