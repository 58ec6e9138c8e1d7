"""`mlops serve` as a process: started, asked, told to end. For the scripts beside it and for `tests/soak/serve.py`."""

import atexit
import http.client
import json
import os
import signal
import subprocess
import urllib.request

JSON = "application/json"


class Server:
    """A server in the folder `project`, on a free port of the loopback; `mlops` is on the PATH."""

    def __init__(self, project, *options, token=None, command=("serve",)):
        environment = {**os.environ, **({"MLOPS_TOKEN_PAGES": token} if token else {})}
        self.process = subprocess.Popen(
            ["mlops", *command, "--port", "0", *options], cwd=project, text=True, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        atexit.register(self.process.kill)
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://"), f"{project}: no server"
        self.host, port = self.address.removeprefix("http://").rsplit(":", 1)
        self.port = int(port)

    def get(self, path):
        return json.load(urllib.request.urlopen(self.address + path))

    def predict(self, record):
        request = urllib.request.Request(self.address + "/predict", json.dumps(record).encode(), {"content-type": JSON})
        return json.load(urllib.request.urlopen(request))

    def text(self, path):
        return urllib.request.urlopen(self.address + path).read().decode()

    def connect(self, timeout=60):
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def post(self, path, body, kind=JSON, connection=None):
        """Status and text of the answer; on a connection that stays where one is given."""
        one = connection or self.connect()
        one.request("POST", path, body if isinstance(body, bytes) else body.encode(), {"content-type": kind})
        answer = one.getresponse()
        told = answer.status, answer.read().decode()
        if connection is None:
            one.close()
        return told

    def resident(self):
        """Resident memory in bytes."""
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, within=30):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(within) == 0, "the server did not end well"
