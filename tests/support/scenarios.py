#!/usr/bin/env python3
"""scenarios.py LAB: names the lab's scenarios and what each needs, as JSON.

`client` tells what the scenario expects of the client that watches: "stays", "comes_late" (it logs in while calls are up)
or "is_cut" (its own link is cut and comes back: such a truth holds for a recording only)."""
import glob
import importlib
import inspect
import json
import os
import sys

sys.dont_write_bytecode = True
folder = sys.argv[1]
scenarios = [folder + '/scenarios', *sorted(glob.glob(folder + '/scenarios-*'))]
sys.path[:0] = [folder + '/lib', *scenarios]
lab = importlib.import_module('lab')
for path in [path for one in scenarios for path in sorted(glob.glob(one + '/*.py'))]:
    importlib.import_module(os.path.basename(path)[:-3])


def client(scenario):
    text = inspect.getsource(scenario['run'])
    if scenario.get('restarts'):   # the PBX itself goes and comes back, for every client
        return 'stays'
    if 'cut(lab' in text or 'linked(lab' in text:
        return 'is_cut'
    return 'comes_late' if scenario['name'].startswith('connect-mid-') else 'stays'


print(json.dumps([{'name': s['name'], 'up': s.get('up', []), 'since': s.get('since', 0), 'client': client(s)} for s in lab.SCENARIOS.values()]))
