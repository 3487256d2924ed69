#!/usr/bin/env python3
"""Runs the command lines of vsctl-lines.txt through real ovs-vsctl and ovsdb-client over a fresh ovsdb-server, and keeps what they answer.

Writes vsctl.json: a list of sessions, each a list of [words, stdout, stderr, exit code]. A blank line begins a session with a fresh database.
Run in this folder; wants ovsdb-server, ovsdb-tool, ovs-vsctl and ovsdb-client of Open vSwitch 3.1 on the PATH.
"""
import json, os, shlex, shutil, subprocess, tempfile

SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"


def session(lines):
    folder = tempfile.mkdtemp()
    env = dict(os.environ, OVS_RUNDIR=folder, OVS_DBDIR=folder, OVS_LOGDIR=folder)
    subprocess.run(["ovsdb-tool", "create", f"{folder}/conf.db", SCHEMA], check=True, env=env)
    server = subprocess.Popen(
        ["ovsdb-server", f"{folder}/conf.db", f"--remote=punix:{folder}/db.sock"],
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kept = []
    try:
        while not os.path.exists(f"{folder}/db.sock"):
            pass
        for line in ["ovs-vsctl init", *lines]:
            words = shlex.split(line)
            real = [words[0], "--no-wait", *words[1:]] if words[0] == "ovs-vsctl" else words
            ran = subprocess.run(real, env=env, capture_output=True, text=True, timeout=10)
            kept.append([words, ran.stdout, ran.stderr, ran.returncode])
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)
    return kept


with open("vsctl-lines.txt") as file:
    sessions = [part.strip().splitlines() for part in file.read().split("\n\n") if part.strip()]
with open("vsctl.json", "w") as file:
    kept = [session([l for l in lines if not l.startswith("#")]) for lines in sessions]
    file.write("[\n" + ",\n".join("[\n" + ",\n".join(json.dumps(run) for run in part) + "\n]" for part in kept) + "\n]\n")
