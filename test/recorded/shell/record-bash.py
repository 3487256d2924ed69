#!/usr/bin/env python3
"""Runs the scripts of scripts.txt (apart by lines of dashes) through bash in a fresh folder and keeps output and exit code in bash.json."""
import json, subprocess, tempfile

with open("scripts.txt") as file:
    scripts = [part.strip("\n") + "\n" for part in file.read().split("\n---\n")]
kept = []
for script in scripts:
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True,
                             env={"PATH": "/usr/bin:/bin", "HOME": "/home/user", "LC_ALL": "C"})
        kept.append([script, ran.stdout, ran.returncode])
with open("bash.json", "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(run) for run in kept) + "\n]\n")
