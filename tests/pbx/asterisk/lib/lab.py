"""Runs one scenario against a running instance: phones, recording, and the truth about what happened.

The truth has two sources, neither of them AMI: what the phones did and saw (SIP, with the time of it),
and Asterisk's own CEL and queue_log files. Where both know a time they are compared; a scenario whose
sources disagree fails instead of writing a wrong truth.
"""
import asyncio
import csv
import json
import os
import re
import subprocess
import time

from ami import Ami, AmiError, Recorder
from sipua import Phone, SipError

HERE = os.path.dirname(os.path.abspath(__file__))
PEOPLE = json.load(open(os.path.join(HERE, 'people.json'), encoding='utf-8'))
NAMES = {u['extension']: u['name'] for u in PEOPLE['users'] if 'extension' in u}
NAMES['1011'] = 'Alice Archer mobile'
CEL_FIELDS = ['type', 'time', 'name', 'num', 'ani', 'rdnis', 'dnid', 'exten', 'context', 'channel', 'app', 'appdata',
              'uniqueid', 'linkedid', 'peer', 'userdef', 'extra']
SCENARIOS = {}
TOLERANCE = 0.35


def scenario(name, title, **options):
    """Registers an async function(lab) that makes calls and returns a function that tells the truth about them."""
    def register(f):
        if name in SCENARIOS:
            raise ValueError('two scenarios are called ' + name)
        SCENARIOS[name] = dict(name=name, title=title, what=' '.join((f.__doc__ or '').split()), run=f, **options)
        return f
    return register


def when(src, what, nth=0):
    """When a phone did something."""
    return [e['t'] for e in src.events if e['what'] == what][nth]


def ms(t):
    return None if t is None else round(t, 3)


class Leg:
    def __init__(self, call, src, role, **more):
        self.call, self.src, self.role = call, src, role
        self.more = more
        self.start = more.pop('start', src.start if src else None)
        self.ring = more.pop('ring', src.ringing if src and not src.outgoing else None)
        self.answer = more.pop('answer', src.answered if src else None)
        self.end = more.pop('end', src.ended if src else None)
        self.id = None


class LogicalCall:
    def __init__(self, lab, direction, caller, dialled, did=None, **more):
        self.lab, self.direction, self.dialled, self.did, self.more = lab, direction, dialled, did, more
        self.caller = caller
        self.legs, self.transfers, self.diversions, self.stays = [], [], [], []
        self.id = chr(ord('A') + len(lab.truth_calls))
        lab.truth_calls.append(self)

    def leg(self, src, role, **more):
        leg = Leg(self, src, role, **more)
        leg.id = '%s%d' % (self.id, len(self.legs) + 1)
        self.legs.append(leg)
        return leg

    def transfer(self, kind, by, to, at, frm=None, result='completed', **more):
        self.transfers.append(dict(kind=kind, by=by, from_leg=frm or by, to_leg=to, at=at, result=result, **more))

    def diversion(self, kind, frm, to, at, number=None, **more):
        self.diversions.append(dict(kind=kind, from_leg=frm, to_leg=to, at=at, number=number, **more))

    def stay(self, kind, name, leg, start, end):
        self.stays.append(dict(kind=kind, name=name, leg=leg, start=start, end=end))


class Lab:
    def __init__(self, spec, env, out=None, quiet=False):
        self.spec, self.env, self.out, self.quiet = spec, env, out, quiet
        host, port = env['PBX_SIP'].rsplit(':', 1)
        self.server = (host, int(port))
        self.home = env['PBX_HOME']
        self.all_phones = {}
        self.recorders = []
        self.truth_calls, self.logins, self.not_calls, self.notes = [], [], [], []
        self.map = []            # (time, uniqueid, channel, sip call id)
        self.map_tasks = []
        self.no_recording = out is None
        self.rtp_next = 23000 + (int(port) % 50) * 400

    def say(self, text):
        if not self.quiet:
            print('  ' + text, flush=True)

    # -- preparation ----------------------------------------------------------------------
    async def start(self):
        await self.connect_control()
        await self.reset()
        self.cel_path = self.home + '/log/cel-custom/cel.csv'
        self.qlog_path = self.home + '/log/queue_log'
        self.cdr_path = self.home + '/log/cdr-custom/cdr.csv'
        self.offsets = {p: os.path.getsize(p) if os.path.exists(p) else 0 for p in (self.cel_path, self.qlog_path, self.cdr_path)}
        self.begin = time.time()

    async def connect_control(self):
        self.ctl = await Ami(self.env['PBX_AMI']).connect()
        self.ctl.handlers.append(self._on_event)

    async def reset(self):
        for _ in range(50):
            _, ev = await self.ctl.action('CoreShowChannels')
            left = [dict(e) for e in ev if dict(e).get('Event') == 'CoreShowChannel']
            if not left:
                break
            for e in left:
                await self.ctl.action('Hangup', Channel=e['Channel'])
            await asyncio.sleep(0.2)
        _, ev = await self.ctl.action('QueueStatus')
        for e in map(dict, ev):
            if e.get('Event') == 'QueueMember':
                if e['Membership'] == 'dynamic':
                    await self.ctl.action('QueueRemove', Queue=e['Queue'], Interface=e['Location'])
                elif e['Paused'] == '1':
                    await self.ctl.action('QueuePause', Queue=e['Queue'], Interface=e['Location'], Paused='false')
        for family in ('CFU', 'TWIN', 'RINGTIME'):
            await self.ctl.command('database deltree ' + family)
        await self.ctl.command('queue reset stats')
        await self.ctl.command('pjsip show contacts')

    def _on_event(self, e):
        if e.get('Event') == 'Newchannel' and e['Channel'].startswith('PJSIP/'):
            self.map_tasks.append(asyncio.create_task(self._map(e['Channel'], e['Uniqueid'])))
        elif e.get('Event') == 'Rename':
            if e['Newname'].startswith('PJSIP/') and '<' not in e['Newname']:
                self.map_tasks.append(asyncio.create_task(self._map(e['Newname'], e['Uniqueid'])))

    async def _map(self, channel, uniqueid):
        t = time.time()
        try:
            r, _ = await self.ctl.action('Getvar', Channel=channel, Variable='CHANNEL(pjsip,call-id)')
            v = dict(r).get('Value')
            if v:
                self.map.append((t, uniqueid, channel, v))
        except (AmiError, asyncio.TimeoutError):
            pass

    async def phones(self, *numbers, register=True, **kw):
        out = []
        for n in numbers:
            out.append(await self.phone(str(n), register=register, **kw))
        return out if len(out) > 1 else out[0]

    async def phone(self, number, key=None, register=True, **kw):
        key = key or number
        kw.setdefault('media', self.spec.get('media', True))   # without audio Asterisk never optimises Local channels away
        p = self.all_phones.get(key)
        if not p:
            p = Phone(key, self.server, ip=self.server[0], user=number, password='pw' + number,
                      display=NAMES.get(number), rtp_base=self.rtp_next, **kw)
            p.number = number
            self.rtp_next += 40
            await p.open()
            self.all_phones[key] = p
        if register and not p.registered:
            await p.register()
        return p

    async def outside(self, **kw):
        if 'trunk' not in self.all_phones:
            ip, port = self.env['PBX_TRUNK'].rsplit(':', 1)
            kw.setdefault('media', self.spec.get('media', True))
            p = Phone('trunk', self.server, ip=ip, port=int(port), trunk=True, rtp_base=self.rtp_next, **kw)
            p.number = None
            self.rtp_next += 80
            await p.open()
            self.all_phones['trunk'] = p
        return self.all_phones['trunk']

    async def record(self, snapshot=False, user='connector', secret=None, auth='plain', events=None, settle=0.3):
        if self.no_recording:
            return
        r = Recorder(self.env['PBX_AMI'], user, secret or user + '-secret', auth, events)
        r.file = None
        await r.open()
        if snapshot:
            await r.snapshot()
        self.recorders.append(r)
        await asyncio.sleep(settle)
        return r

    # -- agents and queues ------------------------------------------------------------------
    async def agent_login(self, phone, agent, ready=True):
        """Dials the login code. Asterisk counts an agent as ready only 5 to 6 s after the login."""
        seen = asyncio.Event()

        def watch(e):
            if ready and e.get('Event') == 'DeviceStateChange' and e.get('Device') == 'Agent:' + agent and e.get('State') == 'NOT_INUSE':
                seen.set()
            if not ready and e.get('Event') == 'AgentLogin' and e.get('Agent') == agent:
                seen.set()
        self.ctl.handlers.append(watch)
        c = await phone.call('*45' + agent)
        await c.wait_answer()
        try:
            await asyncio.wait_for(seen.wait(), 15)
        except asyncio.TimeoutError:
            raise SipError('agent %s did not log in' % agent)
        finally:
            self.ctl.handlers.remove(watch)
        self.logins.append(dict(agent=agent, phone=phone, call=c, since=time.time(), until=None, how='AgentLogin'))
        await asyncio.sleep(0.4)
        return c

    async def queue_add(self, queue, interface, name=None, agent=None, penalty=0, state=None, paused=False):
        """agent: the member name is an agent id, which is then logged on at that extension."""
        name = agent or name or interface
        r, _ = await self.ctl.action('QueueAdd', Queue=queue, Interface=interface, MemberName=name, Penalty=penalty,
                                     StateInterface=state or interface, Paused='true' if paused else 'false')
        if dict(r)['Response'] != 'Success':
            raise AmiError(dict(r).get('Message'))
        if agent:
            ext = re.search(r'/(10\d\d)', interface).group(1)
            open_ = [l for l in self.logins if l['agent'] == agent and l['until'] is None]
            if open_:
                open_[0]['queues'].append(queue)
            else:
                self.logins.append(dict(agent=agent, extension=ext, call=None, since=time.time(), until=None,
                                        how='queue member', queues=[queue], interface=interface))

    async def queue_remove(self, queue, interface):
        await self.ctl.action('QueueRemove', Queue=queue, Interface=interface)
        for l in self.logins:
            if l['until'] is None and l.get('interface') == interface and queue in l['queues']:
                l['queues'].remove(queue)
                if not l['queues']:
                    l['until'] = time.time()

    async def queue_pause(self, interface, paused=True, queue=None, reason=None):
        h = dict(Interface=interface, Paused='true' if paused else 'false')
        if queue:
            h['Queue'] = queue
        if reason:
            h['Reason'] = reason
        await self.ctl.action('QueuePause', **h)

    async def db(self, family, key, value):
        await self.ctl.action('DBPut', Family=family, Key=key, Val=value)

    # -- the PBX itself ------------------------------------------------------------------------
    async def pbx_command_and_gone(self, line):
        """A CLI command that ends the PBX: the answer may never come."""
        try:
            await self.ctl.action('Command', Command=line, timeout=3)
        except (AmiError, asyncio.TimeoutError, ConnectionError):
            pass
        await self.pbx_gone()

    async def pbx_gone(self):
        """Waits until the PBX closed our control connection."""
        await asyncio.wait_for(self.ctl.closed.wait(), 20)

    async def pbx_back(self):
        for _ in range(200):
            try:
                await self.connect_control()
                await self.ctl.command('core waitfullybooted')
                return
            except (OSError, AmiError, asyncio.TimeoutError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.1)
        raise AmiError('the PBX did not come back')

    def pbx_pid(self):
        return int(open(self.home + '/run/asterisk.pid').read())

    def pbx_start(self):
        base = self.env['PBX_BASE']
        log = open(self.home + '/log/console', 'ab')
        p = subprocess.Popen(['chroot', self.env['PBX_TREE'], '/usr/sbin/asterisk', '-f', '-C', base + '/etc/asterisk.conf'],
                             stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        open(self.home + '/run/asterisk.pid', 'w').write('%d\n' % p.pid)

    # -- the truth --------------------------------------------------------------------------------
    def call(self, direction, caller, dialled, did=None, **more):
        if isinstance(caller, str):
            caller = (caller, NAMES.get(caller))
        return LogicalCall(self, direction, caller, dialled, did, **more)

    def tail(self, path):
        if not os.path.exists(path):
            return ''
        with open(path, 'rb') as f:
            f.seek(self.offsets.get(path, 0))
            return f.read().decode('utf-8', 'replace')

    def read_cel(self):
        self.cel = []
        for row in csv.reader(self.tail(self.cel_path).splitlines()):
            e = dict(zip(CEL_FIELDS, row))
            e['time'] = float(e['time'])
            try:
                e['extra'] = json.loads(e['extra']) if e.get('extra') else {}
            except ValueError:
                e['extra'] = {}
            self.cel.append(e)
        self.cel.sort(key=lambda e: e['time'])

    def channels_of(self, src):
        """The channels a phone's call was on, in order: several after a masquerade."""
        out = []
        for t, uid, chan, cid in self.map:
            if cid == src.call_id and (uid, chan) not in [(u, c) for _, u, c in out]:
                out.append((t, uid, chan))
        if not out:             # gone before it could be asked: same device, started at the same time, still free
            taken = {u for _, u, _, _ in self.map} | getattr(self, 'fallback', set())
            name = 'trunk' if src.phone.trunk else src.phone.user
            best = None
            for e in self.cel:
                if e['type'] == 'CHAN_START' and e['channel'].startswith('PJSIP/%s-' % name) and e['uniqueid'] not in taken:
                    d = abs(e['time'] - src.start)
                    if d < 0.6 and (best is None or d < best[0]):
                        best = (d, e['uniqueid'], e['channel'], e['time'])
            if best:
                self.fallback = getattr(self, 'fallback', set()) | {best[1]}
                out.append((best[3], best[1], best[2]))
        return out

    def build(self):
        self.read_cel()
        legs = [l for c in self.truth_calls for l in c.legs]
        srcs = []
        for l in legs:
            if l.src and l.src not in srcs:
                srcs.append(l.src)
        for l in self.logins:
            if l['call'] and l['call'] not in srcs:
                srcs.append(l['call'])
        self.chans = {id(s): self.channels_of(s) for s in srcs}
        # who owned a channel, when
        owner = {}
        for s in srcs:
            for t, uid, _ in self.chans[id(s)]:
                owner.setdefault(uid, []).append((t, s))
        for v in owner.values():
            v.sort(key=lambda x: x[0])

        def owner_at(uid, t):
            got = None
            for since, s in owner.get(uid, []):
                if got is None or since <= t + 0.02:
                    got = s
            return got
        self.owner_at = owner_at
        talks = self.talks(owner_at)
        for l in self.logins:
            if l['call'] and l['until'] is None and l['call'].ended:
                l['until'] = l['call'].ended
        calls = [self.build_call(c, talks) for c in self.truth_calls]
        doc = {
            'schema': 1, 'protocol': 'ami', 'scenario': self.spec['name'], 'title': self.spec['title'], 'what': self.spec['what'],
            'pbx': {'product': 'Asterisk', 'version': self.env['PBX_VERSION'], 'system_name': self.env.get('PBX_SYSTEM_NAME') or None},
            'window': {'start': ms(self.begin), 'end': ms(time.time())},
            'streams': [],
            'calls': calls,
            'agents': [{'agent': l['agent'], 'extension': l['extension'] if not l['call'] else l['phone'].number, 'how': l['how'],
                        'since': ms(self.login_time(l)), 'until': ms(l['until'])} for l in self.logins],
            'not_calls': self.not_call_list(),
            'notes': self.notes,
        }
        return doc

    def login_time(self, l):
        """An AgentLogin counts from when its channel is put to wait (after the announcement)."""
        if l['call']:
            uid = self.chans[id(l['call'])][0][1]
            for e in self.cel:
                if e['uniqueid'] == uid and e['type'] == 'BRIDGE_ENTER':
                    return e['time']
        return l['since']

    def not_call_list(self):
        out = list(self.not_calls)
        for l in self.logins:
            if l['call']:
                out.append({'what': 'AgentLogin session of %s at %s' % (l['agent'], l['phone'].number),
                            'channels': [{'name': c, 'uniqueid': u} for _, u, c in self.chans[id(l['call'])]]})
        return out

    def not_call(self, what, src):
        self.not_calls.append({'what': what, 'channels': [], '_src': src})

    def local_peer(self, name):
        return name[:-1] + ('2' if name.endswith('1') else '1') if name.startswith('Local/') and name[-2] == ';' else None

    def talks(self, owner_at):
        """Who was connected with whom, from bridge membership, seen through Local channels."""
        bridge, holding, uid_of, alive = {}, set(), {}, {}
        out, current = [], {}

        def groups(t):
            # components over bridges, joined by Local pairs whose halves are both in bridges
            parent = {}

            def find(x):
                parent.setdefault(x, x)
                while parent[x] != x:
                    x = parent[x]
                return x
            for name, b in bridge.items():
                if b in holding:
                    continue
                parent[find(('c', name))] = find(('b', b))
                peer = self.local_peer(name)
                if peer in bridge and bridge[peer] not in holding:
                    parent[find(('c', name))] = find(('c', peer))
            got = {}
            for name, b in bridge.items():
                if b in holding or name.startswith('Local/'):
                    continue
                s = owner_at(uid_of[name], t)
                if s is not None:
                    got.setdefault(find(('c', name)), set()).add(s)
            return {frozenset(g) for g in got.values() if len(g) > 1}

        for e in self.cel:
            t = e['time']
            if e['type'] == 'BRIDGE_ENTER':
                b = e['extra'].get('bridge_id')
                if e['extra'].get('bridge_technology') == 'holding_bridge':
                    holding.add(b)
                bridge[e['channel']] = b
                uid_of[e['channel']] = e['uniqueid']
            elif e['type'] == 'BRIDGE_EXIT':
                if bridge.get(e['channel']) == e['extra'].get('bridge_id'):
                    bridge.pop(e['channel'], None)
            elif e['type'] == 'CHAN_END':
                bridge.pop(e['channel'], None)
            else:
                continue
            now_groups = groups(t)
            for g in list(current):
                if g not in now_groups:
                    out.append((current.pop(g), t, g))
            for g in now_groups:
                current.setdefault(g, t)
        for g, since in current.items():
            out.append((since, None, g))
        # short gaps while a bridge is rebuilt are no gaps
        out.sort(key=lambda x: x[0])
        merged = []
        for s, e, g in out:
            for m in reversed(merged):
                if m[2] == g and m[1] is not None and s - m[1] < 0.15:
                    m[1] = e
                    break
            else:
                merged.append([s, e, g])
        return [m for m in merged if m[1] is None or m[1] - m[0] > 0.06]

    def leg_at(self, src, t):
        best = None
        for c in self.truth_calls:
            for l in c.legs:
                if l.src is src and l.start - 0.2 <= t <= (l.end or 9e18) + 0.2:
                    if best is None or l.start > best.start:
                        best = l
        return best

    def build_call(self, c, talks):
        legs = c.legs
        uids, linked = set(), []
        for l in legs:
            if l.src:
                for _, u, _ in self.chans[id(l.src)]:
                    uids.add(u)
        first_of = {}
        for e in self.cel:
            if e['uniqueid'] in uids and not any(l['call'] and e['uniqueid'] in [u for _, u, _ in self.chans[id(l['call'])]] for l in self.logins):
                if e['linkedid'] not in linked:
                    linked.append(e['linkedid'])
            first_of.setdefault(e['uniqueid'], e)
        caller = legs[0]
        called = [l for l in legs if l.role not in ('caller', 'monitor') and l.answer and not l.more.get('own_consultation')]
        start = min(l.start for l in legs)
        ends = [l.end for l in legs]
        end = None if any(e is None for e in ends) else max(ends)
        answer = c.more.get('answer', 'auto')
        if answer == 'auto':
            answer = min((l.answer for l in called), default=None)
        mine = []
        for s, e, g in talks:
            ls = [self.leg_at(x, s + 0.01 if e is None else (s + e) / 2) for x in g]
            ls = [l for l in ls if l is not None and l.call is c]
            if len(ls) > 1:
                mine.append({'legs': sorted(l.id for l in ls), 'start': ms(s), 'end': ms(e)})
        if 'talks' in c.more:                             # where Asterisk's own log leaves a gap
            mine = [{'legs': sorted(self.lid(x) for x in ls), 'start': ms(a), 'end': ms(b)} for ls, a, b in (c.more['talks']() if callable(c.more['talks']) else c.more['talks'])]
        disposition = c.more.get('disposition')
        if not disposition:
            if answer:
                disposition = 'answered'
            elif caller.src and caller.src.ended_by == 'phone':
                disposition = 'abandoned'
            else:
                kinds = [self.leg_result(c, l) for l in legs[1:]]
                disposition = kinds[-1] if kinds and kinds[-1] in ('busy', 'rejected', 'failed', 'no_answer') else 'no_answer' if kinds else 'failed'
        ended_by = c.more.get('ended_by', 'auto')
        if ended_by == 'auto':
            last = [l for l in legs if l.src and l.src.ended_by == 'phone' and l.answer and l.end and end and end - l.end < 0.6]
            if not answer and caller.src and caller.src.ended_by == 'phone':
                ended_by = caller.id
            elif answer and last:
                ended_by = min(last, key=lambda l: l.end).id
            else:
                ended_by = 'pbx'
        elif isinstance(ended_by, Leg):
            ended_by = ended_by.id
        pbx_answer = caller.answer if caller.role == 'caller' and caller.src and caller.src.outgoing and (
            caller.answer and (not answer or caller.answer < answer - 0.2)) else None
        doc = {
            'id': c.id, 'direction': c.direction,
            'caller': {'number': c.caller[0], 'name': c.caller[1]},
            'dialled': {'number': c.did or c.dialled, 'did': c.did, 'target': c.dialled if c.did and c.dialled != c.did else None},
            'start': ms(start), 'pbx_answer': ms(pbx_answer), 'answer': ms(answer), 'end': ms(end),
            'disposition': disposition, 'ended_by': ended_by,
            'linkedids': linked,
            'queues': [q for q in self.queues_of(c, linked) if q['name'] not in c.more.get('not_joined', ())],
            'legs': [self.build_leg(c, l, i + 1, mine, disposition) for i, l in enumerate(legs)],
            'transfers': [dict(t, by=self.lid(t['by']), from_leg=self.lid(t['from_leg']), to_leg=self.lid(t['to_leg']), at=ms(t['at'])) for t in c.transfers],
            'diversions': [dict(t, from_leg=self.lid(t['from_leg']), to_leg=self.lid(t['to_leg']), at=ms(t['at'])) for t in c.diversions],
            'stays': [dict(t, leg=self.lid(t['leg']), start=ms(t['start']), end=ms(t['end'])) for t in c.stays],
            'talks': mine,
        }
        for k in ('accept', 'external_peer', 'note', 'end_uncertain', 'gap', 'start_uncertain', 'missed'):
            if k in c.more:
                doc[k] = c.more[k]
        return doc

    def lid(self, x):
        return x.id if isinstance(x, Leg) else x

    def leg_result(self, c, l):
        if 'result' in l.more:
            return l.more['result']
        if l.answer:
            return 'answered'
        s = l.src
        if s is None:
            return 'no_answer'
        caller = c.legs[0]
        if s.outgoing:                                    # a calling side that never got through
            if s.ended_by == 'phone':
                return 'abandoned'
            return {486: 'busy', 600: 'busy', 603: 'rejected', 480: 'no_answer', 487: 'no_answer', 408: 'no_answer'}.get(s.final, 'failed')
        if s.ended_by == 'phone':
            return {486: 'busy', 600: 'busy', 603: 'rejected', 302: 'diverted', 301: 'diverted'}.get(s.final, 'failed')
        if s.reason and 'elsewhere' in s.reason:
            return 'answered_elsewhere'
        if any(o.answer and abs(o.answer - s.ended) < 0.25 for o in c.legs if o is not l):
            return 'answered_elsewhere'
        if caller.src and caller.src.ended and caller.src.ended_by == 'phone' and abs(caller.src.ended - s.ended) < 0.3:
            return 'abandoned'
        return 'no_answer'

    def user_of(self, ext, agent, number):
        for u in PEOPLE['users']:
            if agent and agent in u.get('agents', []):
                return u['id'], 'agent'
        for u in PEOPLE['users']:
            if ext and u.get('extension') == ext:
                return u['id'], 'extension'
        for u in PEOPLE['users']:
            if (ext or number) in u.get('twins', []):
                return u['id'], 'twin'
        return None, 'none'

    def build_leg(self, c, l, seq, talks=(), disposition=None):
        s = l.src
        trunk = s is not None and s.phone.trunk
        ext = None if trunk else l.more.get('ext', s.phone.number if s else None)
        number = l.more.get('number', ext)
        result = self.leg_result(c, l)
        if l.role == 'caller' and seq == 1 and 'result' not in l.more and disposition != 'answered':
            result = disposition
        instant = l.answer or l.ring or l.start
        if l.role == 'caller' or (s and s.outgoing and l.role != 'agent'):
            instant = l.start
        agent = l.more.get('agent')
        if agent is None and ext:
            for lo in self.logins:
                lext = lo['extension'] if not lo['call'] else lo['phone'].number
                since = lo['since'] if not lo['call'] else lo['call'].answered
                if lext == ext and since <= instant and (lo['until'] is None or instant < lo['until']):
                    agent = lo['agent']
        user, rule = self.user_of(ext, agent, number)
        chans = [{'name': n, 'uniqueid': u} for _, u, n in self.chans[id(s)]] if s else l.more.get('channels', [])
        holds = [{'start': ms(a), 'end': ms(b), 'kind': 'sip'} for a, b in (s.holds if s else []) if l.end is None or a < l.end]
        holds += [{'start': ms(a), 'end': ms(b), 'kind': k} for a, b, k in l.more.get('holds', [])]
        if s is not None:
            self.check(c, l)
        d = {
            'id': l.id, 'seq': seq, 'role': l.role, 'side': 'external' if trunk else 'internal',
            'extension': ext, 'agent': agent, 'number': number, 'name': l.more.get('name', NAMES.get(ext)),
            'start': ms(l.start), 'ring': ms(l.ring), 'answer': ms(l.answer), 'end': ms(l.end),
            'left': (lambda ends: None if not ends or None in ends else max(ends))([t['end'] for t in talks if l.id in t['legs']]),
            'result': result, 'ring_only': bool(l.ring and not l.answer),
            'holds': holds,
            'hung_up_by': None if l.end is None else l.more.get('hung_up_by', 'party' if s and s.ended_by == 'phone' else 'pbx'),
            'sip_code': s.final if s and not l.answer else None,
            'user': user, 'rule': rule,
            'channels': chans,
        }
        if l.more.get('same_device_as'):
            d['same_device_as'] = self.lid(l.more['same_device_as'])
        return d

    def check(self, c, l):
        """Phone and CEL must tell the same story about this leg."""
        if l.more.get('unchecked'):
            return
        s = l.src
        uids = [u for _, u, _ in self.chans[id(s)]]
        if not uids:
            raise AssertionError('%s: no channel found for leg %s (%s)' % (self.spec['name'], l.id, s.call_id))
        if len(uids) > 1 or l.start != s.start or l.end != s.ended:
            return
        mine = [e for e in self.cel if e['uniqueid'] == uids[0]]
        for what, t, kind in (('start', l.start, 'CHAN_START'), ('answer', l.answer, 'ANSWER'), ('end', l.end, 'HANGUP')):
            at = [e['time'] for e in mine if e['type'] == kind]
            if t and at and abs(at[0] - t) > TOLERANCE and not (what == 'answer' and l.more.get('early_answer')):
                raise AssertionError('%s: leg %s: %s is %.3f at the phone and %.3f in CEL' % (self.spec['name'], l.id, what, t, at[0]))
            if t and not at and kind != 'HANGUP':
                raise AssertionError('%s: leg %s: CEL has no %s' % (self.spec['name'], l.id, kind))
            if not t and at and what == 'answer' and not l.more.get('early_answer'):
                raise AssertionError('%s: leg %s was answered in CEL, not at the phone' % (self.spec['name'], l.id))

    def queues_of(self, c, linked):
        """Queue stays of the call: CEL tells when, queue_log tells how it ended."""
        log = [line.split('|') for line in self.tail(self.qlog_path).splitlines()]
        out = []
        for i, e in enumerate(self.cel):
            if e['type'] != 'APP_START' or e['app'] != 'Queue' or e['linkedid'] not in linked:
                continue
            name = e['appdata'].split(',')[0]
            uid, leave = e['uniqueid'], None
            for f in self.cel[i + 1:]:
                if f['uniqueid'] == uid and f['type'] in ('BRIDGE_ENTER', 'APP_END', 'HANGUP', 'CHAN_END'):
                    leave = f
                    break
            mine = [x for x in log if len(x) > 4 and x[1] == uid and x[2] == name]
            # several stays of one channel in one queue: take them in turn
            nth = len([o for o in out if o['_uid'] == uid and o['name'] == name])
            chunks, cur = [], []
            for x in mine:
                if x[4] == 'ENTERQUEUE':
                    cur = []
                    chunks.append(cur)
                cur.append(x)
            mine = chunks[nth] if nth < len(chunks) else mine
            kinds = [x[4] for x in mine]
            result = ('answered' if 'CONNECT' in kinds else 'abandoned' if 'ABANDON' in kinds else
                      'timeout' if 'EXITWITHTIMEOUT' in kinds else 'empty' if 'EXITEMPTY' in kinds else
                      'transferred' if any('TRANSFER' in k for k in kinds) else
                      'left' if leave else None)
            rna = [x[3] for x in mine if x[4] in ('RINGNOANSWER', 'RINGCANCELED')]
            who = [x[3] for x in mine if x[4] == 'CONNECT']
            s = self.owner_at(uid, e['time'] + 0.05)
            leg = self.leg_at(s, e['time'] + 0.05) if s else None
            out.append({'name': name, 'enter': ms(e['time']), 'leave': ms(leave['time'] if leave else None),
                        'wait_ms': int(round((leave['time'] - e['time']) * 1000)) if leave else None, 'result': result,
                        'leg': leg.id if leg else None, 'member': who[0] if who else None, 'not_answered_by': rna, '_uid': uid})
        for o in out:
            o.pop('_uid')
        return out

    def agent_work(self, login):
        """What an AgentLogin channel did: [(offered, connected, released)], from CEL."""
        uid = self.channels_of(login)[0][1]
        agent = [l['agent'] for l in self.logins if l['call'] is login][0]
        offers = [e for e in self.cel if e['type'] == 'CHAN_START' and e['channel'].startswith('Local/%s@agents' % agent) and e['channel'].endswith(';1')]
        stays, cur = [], None
        for e in self.cel:
            if e['uniqueid'] != uid:
                continue
            if e['type'] == 'BRIDGE_ENTER' and e['extra'].get('bridge_technology') != 'holding_bridge':
                cur = cur or e['time']
            elif cur and ((e['type'] == 'BRIDGE_ENTER') or e['type'] == 'CHAN_END'):
                stays.append((cur, last))
                cur = None
            if e['type'] == 'BRIDGE_EXIT':
                last = e['time']
        if cur:
            stays.append((cur, last))
        out = []
        for o in offers:
            nxt = [x['time'] for x in offers if x['time'] > o['time']]
            got = [s for s in stays if s[0] > o['time'] and (not nxt or s[0] < nxt[0])]
            gone = [e['time'] for e in self.cel if e['type'] == 'CHAN_END' and e['channel'] == o['channel']]
            out.append((o['time'], got[0][0] if got else None, got[0][1] if got else (gone[0] if gone else None)))
        return out

    # -- the end ------------------------------------------------------------------------------------
    async def idle(self, timeout=20, keep=0):
        end = time.monotonic() + timeout
        while True:
            _, ev = await self.ctl.action('CoreShowChannels')
            left = [dict(e)['Channel'] for e in ev if dict(e).get('Event') == 'CoreShowChannel']
            if len(left) <= keep:
                return
            if time.monotonic() > end:
                raise AssertionError('%s: channels still up: %s' % (self.spec['name'], ', '.join(left)))
            await asyncio.sleep(0.1)

    async def run(self):
        await self.start()
        try:
            then = await self.spec['run'](self)
            await self.idle()
            await asyncio.sleep(0.6)
            if self.map_tasks:
                await asyncio.wait(self.map_tasks, timeout=2)
            for r in self.recorders:
                if not r.eof.is_set():
                    await r.close(logoff=self.spec.get('logoff', True))
            errors = [e for p in self.all_phones.values() for e in p.log if e['what'] == 'error']
            if errors:
                raise AssertionError('%s: a phone failed: %s' % (self.spec['name'], errors[0]))
            self.read_cel()
            if then:
                then()
            doc = self.build()
            for n in doc['not_calls']:
                src = n.pop('_src', None)
                if src is not None:
                    n['channels'] = [{'name': c, 'uniqueid': u} for _, u, c in self.channels_of(src)]
            self.check_all_channels(doc)
            return doc
        finally:
            for r in self.recorders:
                if not r.eof.is_set():
                    await r.close(logoff=False)
            for p in self.all_phones.values():
                try:
                    if p.registered and not p.trunk:
                        await asyncio.wait_for(p.unregister(), 3)
                except Exception:
                    pass
                p.close()
            try:
                await self.ctl.close()
            except Exception:
                pass

    def check_all_channels(self, doc):
        """Every telephone channel in CEL belongs to a leg, or is said to be none."""
        known = {x['uniqueid'] for c in doc['calls'] for l in c['legs'] for x in l['channels']}
        known |= {x['uniqueid'] for n in doc['not_calls'] for x in n['channels']}
        known |= {l for l in getattr(self, 'ignored_channels', [])}
        left = [e['channel'] for e in self.cel if e['type'] == 'CHAN_START' and e['channel'].startswith('PJSIP/') and e['uniqueid'] not in known]
        if left:
            raise AssertionError('%s: channels that the truth does not mention: %s' % (self.spec['name'], left))

    def write(self, doc):
        """SCENARIO.ami (or .1.ami, .2.ami), what was sent, when it came, the truth, and the evidence for it."""
        os.makedirs(self.out + '/evidence', exist_ok=True)
        base = self.out + '/' + self.spec['name']
        several = len(self.recorders) > 1
        for i, r in enumerate(self.recorders):
            stem = self.spec['name'] + ('.%d' % (i + 1) if several else '')
            with open('%s/%s.ami' % (self.out, stem), 'wb') as f:
                f.write(bytes(r.data))
            with open('%s/evidence/%s.sent.ami' % (self.out, stem), 'wb') as f:
                f.write(bytes(r.sent))
            with open('%s/evidence/%s.reads.tsv' % (self.out, stem), 'w') as f:
                f.write('# time of the read, offset in the .ami file, bytes\n')
                for t, off, n in r.chunks:
                    f.write('%.6f\t%d\t%d\n' % (t, off, n))
            doc['streams'].append({'file': stem + '.ami', 'bytes': len(r.data), 'user': r.user, 'auth': r.auth,
                                   'connected': ms(r.connected), 'closed': ms(r.closed), 'closed_by': r.closed_by,
                                   'timestamps': b'\r\nTimestamp: ' in r.data})
        with open(base + '.truth.json', 'w', encoding='utf-8') as f:
            json.dump(doc, f, indent=1, ensure_ascii=False)
            f.write('\n')
        for path, name in ((self.cel_path, 'cel.csv'), (self.cdr_path, 'cdr.csv'), (self.qlog_path, 'queue_log')):
            text = self.tail(path)
            if text:
                with open('%s/evidence/%s.%s' % (self.out, self.spec['name'], name), 'w', encoding='utf-8') as f:
                    f.write(text)
        return base


def load_env(root, suite, instance):
    path = '%s/%s/srv/pbx/%s/instance.env' % (root, suite, instance)
    if not os.path.exists(path):
        raise SystemExit('call: no instance at %s; run "up" first' % path)
    return dict(line.strip().split('=', 1) for line in open(path) if '=' in line)
