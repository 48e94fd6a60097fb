"""A small SIP telephone for tests: one UDP socket, as many calls as needed, everything scripted.

It registers, calls, rings, answers, rejects, redirects, holds, transfers (REFER, with and without
Replaces), sends DTMF (RFC 4733) and hangs up, and notes the time of everything it does or sees.
Standard library only. It is a test phone on loopback: no TLS, no NAT, no real audio.
"""
import asyncio
import hashlib
import random
import re
import struct
import time
from urllib.parse import quote

rnd = random.Random()


def now():
    return time.time()


def token(n=10):
    return ''.join(rnd.choice('abcdefghijklmnopqrstuvwxyz0123456789') for _ in range(n))


class Msg:
    """One SIP message; header names are kept as received, looked up without regard to case."""

    SHORT = {'v': 'via', 'f': 'from', 't': 'to', 'i': 'call-id', 'm': 'contact', 'c': 'content-type',
             'l': 'content-length', 'r': 'refer-to', 's': 'subject', 'k': 'supported'}

    def __init__(self, start, headers, body=''):
        self.start, self.headers, self.body = start, headers, body

    @classmethod
    def parse(cls, data):
        text = data.decode('utf-8', 'replace')
        head, _, body = text.partition('\r\n\r\n')
        lines = re.sub(r'\r\n[ \t]+', ' ', head).split('\r\n')
        headers = []
        for line in lines[1:]:
            k, _, v = line.partition(':')
            headers.append((k.strip(), v.strip()))
        return cls(lines[0], headers, body)

    def all(self, name):
        name = name.lower()
        return [v for k, v in self.headers
                if k.lower() == name or self.SHORT.get(k.lower()) == name]

    def get(self, name, default=None):
        v = self.all(name)
        return v[0] if v else default

    @property
    def is_response(self):
        return self.start.startswith('SIP/2.0')

    @property
    def code(self):
        return int(self.start.split()[1])

    @property
    def method(self):
        return self.get('cseq').split()[1] if self.is_response else self.start.split()[0]

    def encode(self):
        body = self.body.encode('utf-8', 'surrogateescape')
        h = [(k, v) for k, v in self.headers if k.lower() != 'content-length']
        h.append(('Content-Length', str(len(body))))
        return ('\r\n'.join([self.start] + ['%s: %s' % kv for kv in h]) + '\r\n\r\n').encode('utf-8', 'surrogateescape') + body


def tag_of(value):
    m = re.search(r';\s*tag=([^;>\s]+)', value or '')
    return m.group(1) if m else None


def uri_of(value):
    m = re.search(r'<([^>]+)>', value)
    return m.group(1) if m else value.split(';')[0].strip()


def user_of(value):
    m = re.search(r'sips?:([^@;>]+)@', value or '')
    return m.group(1) if m else None


class SipError(Exception):
    pass


class Call:
    """One dialog. Times of what happened: start, ringing, answered, ended."""

    def __init__(self, phone, outgoing, call_id):
        self.phone, self.outgoing, self.call_id = phone, outgoing, call_id
        self.local_tag, self.remote_tag = token(), None
        self.local_uri = self.remote_uri = self.remote_target = None
        self.cseq = rnd.randint(1, 1000)
        self.invite = None            # the INVITE received, when incoming
        self.start = now()
        self.ringing = self.answered = self.ended = None
        self.ended_by = None          # 'phone' or 'pbx'
        self.final = None             # status code of a failed or finished INVITE
        self.reason = None            # Reason header of the BYE/CANCEL/failure
        self.holds = []               # [[from, until or None], ...] holds asked by this phone
        self.remote_holds = []        # holds signalled towards this phone
        self.remote_id = []           # identities the PBX showed, in order
        self.events = []
        self.ev_ring, self.ev_answer, self.ev_end = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.notifies = []            # results of REFER
        self.ev_notify = asyncio.Event()
        self.rtp = None
        self.remote_rtp = None
        self.rtp_seq, self.rtp_ts, self.ssrc = rnd.randint(0, 60000), rnd.randint(0, 1 << 30), rnd.randint(0, 1 << 31)
        self.sdp_version = rnd.randint(1, 1 << 20)
        self.direction = 'sendrecv'
        self.media_task = None
        self.invite_branch = None
        self.hop = None               # CSeq etc. of the outgoing INVITE, for CANCEL and ACK

    def note(self, what, **more):
        self.events.append(dict(t=now(), what=what, **more))
        self.phone.log.append(dict(t=now(), phone=self.phone.name, call_id=self.call_id, what=what, **more))

    # -- SDP ------------------------------------------------------------------------------
    def sdp(self, direction=None):
        self.sdp_version += 1
        if direction:
            self.direction = direction
        ip = self.phone.ip
        return ('v=0\r\no=- %d %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n'
                'm=audio %d RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n'
                'a=fmtp:101 0-16\r\na=ptime:20\r\na=%s\r\n' % (
                    self.ssrc, self.sdp_version, ip, ip, self.rtp_port, self.direction))

    def take_sdp(self, body):
        if 'm=audio' not in body:
            return
        c = re.search(r'^c=IN IP4 (\S+)', body, re.M)
        m = re.search(r'^m=audio (\d+)', body, re.M)
        self.remote_rtp = (c.group(1), int(m.group(1)))
        held = re.search(r'^a=(sendonly|inactive)', body, re.M) is not None or c.group(1) == '0.0.0.0'
        if held and not (self.remote_holds and self.remote_holds[-1][1] is None):
            self.remote_holds.append([now(), None])
        elif not held and self.remote_holds and self.remote_holds[-1][1] is None:
            self.remote_holds[-1][1] = now()

    async def open_rtp(self):
        if self.rtp:
            return
        loop = asyncio.get_running_loop()
        for port in self.phone.rtp_ports():
            try:
                self.rtp, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(self.phone.ip, port))
                self.rtp_port = port
                break
            except OSError:
                continue
        else:
            raise SipError('no free RTP port')
        if self.phone.media:
            self.media_task = asyncio.create_task(self.send_silence())

    async def send_silence(self):
        t = time.monotonic()
        while True:
            if self.remote_rtp and self.answered and not self.ended and self.direction in ('sendrecv', 'sendonly'):
                self.packet(0, b'\xff' * 160)
            t += 0.02
            await asyncio.sleep(max(0, t - time.monotonic()))

    def packet(self, pt, payload, mark=False, ts=None):
        self.rtp_seq = (self.rtp_seq + 1) & 0xffff
        if ts is None:
            self.rtp_ts = (self.rtp_ts + 160) & 0xffffffff
            ts = self.rtp_ts
        self.rtp.sendto(struct.pack('!BBHII', 0x80, pt | (0x80 if mark else 0), self.rtp_seq, ts, self.ssrc) + payload, self.remote_rtp)

    async def dtmf(self, digits, on=0.1, off=0.08):
        """Presses keys, as RFC 4733 events."""
        self.note('dtmf', digits=digits)
        for d in digits:
            code = '0123456789*#ABCD'.index(d)
            self.rtp_ts = (self.rtp_ts + 1600) & 0xffffffff
            ts = self.rtp_ts
            steps = max(2, int(on / 0.02))
            for i in range(steps):
                self.packet(101, struct.pack('!BBH', code, 10, 160 * (i + 1)), mark=(i == 0), ts=ts)
                await asyncio.sleep(0.02)
            for _ in range(3):
                self.packet(101, struct.pack('!BBH', code, 0x80 | 10, 160 * steps), ts=ts)
            self.rtp_ts = (self.rtp_ts + 160 * steps) & 0xffffffff
            await asyncio.sleep(off)

    # -- requests inside the dialog ---------------------------------------------------------
    def request(self, method, extra=(), body='', cseq=None, target=None, branch=None, via_to=True):
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        p = self.phone
        h = [('Via', 'SIP/2.0/UDP %s:%d;branch=%s;rport' % (p.ip, p.port, branch or 'z9hG4bK' + token())),
             ('Max-Forwards', '70'),
             ('From', '%s;tag=%s' % (self.local_uri, self.local_tag)),
             ('To', self.remote_uri + (';tag=%s' % self.remote_tag if self.remote_tag and via_to else '')),
             ('Call-ID', self.call_id), ('CSeq', '%d %s' % (cseq, method)),
             ('Contact', '<sip:%s@%s:%d>' % (p.user, p.ip, p.port)),
             ('User-Agent', 'test phone %s' % p.name),
             ('Allow', 'INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY, UPDATE, INFO')]
        h += list(extra)
        if body:
            h.append(('Content-Type', 'application/sdp'))
        return Msg('%s %s SIP/2.0' % (method, target or self.remote_target), h, body)

    def ack(self, response, cseq):
        if response.code >= 300:
            # same branch as the INVITE
            m = self.request('ACK', cseq=cseq, branch=self.invite_branch, target=self.invite_uri)
            m.headers = [(k, response.get('to')) if k == 'To' else (k, v) for k, v in m.headers]
        else:
            m = self.request('ACK', cseq=cseq)
        self.phone.send(m)

    def done(self, by, code=None, reason=None):
        if self.ended:
            return
        self.ended, self.ended_by = now(), by
        if code is not None:
            self.final = code
        if reason:
            self.reason = reason
        for h in self.holds:
            if h[1] is None:
                h[1] = self.ended
        self.note('ended', by=by, code=code, reason=reason)
        self.ev_end.set()
        self.ev_ring.set()
        self.ev_answer.set()
        if self.media_task:
            self.media_task.cancel()
        if self.rtp:
            self.rtp.close()

    async def wait_ringing(self, timeout=10):
        await asyncio.wait_for(self.ev_ring.wait(), timeout)
        if self.ended and not self.ringing:
            raise SipError('%s: call ended with %s before ringing' % (self.phone.name, self.final))
        return self

    async def wait_answer(self, timeout=10):
        await asyncio.wait_for(self.ev_answer.wait(), timeout)
        if not self.answered:
            raise SipError('%s: call ended with %s (%s) before answer' % (self.phone.name, self.final, self.reason))
        return self

    async def wait_end(self, timeout=30):
        await asyncio.wait_for(self.ev_end.wait(), timeout)
        return self

    async def hangup(self):
        if self.ended:
            return
        if self.answered:
            self.note('bye sent')
            m = self.request('BYE')
            self.done('phone')
            try:
                await self.phone.transact(m)
            except asyncio.TimeoutError:
                pass
        elif self.outgoing:
            self.note('cancel sent')
            self.cancelled = now()
            m = self.request('CANCEL', cseq=self.hop, branch=self.invite_branch, target=self.invite_uri, via_to=False)
            self.ended_by = 'phone'
            try:
                await self.phone.transact(m)
            except asyncio.TimeoutError:
                pass
            await asyncio.wait_for(self.ev_end.wait(), 5)
        else:
            await self.reject(480)

    # -- as the called side -------------------------------------------------------------------
    def reply(self, code, phrase, extra=(), body=''):
        self.phone.respond(self.invite, code, phrase, self.local_tag, extra, body)

    async def ring(self):
        self.ringing = now()
        self.note('ringing')
        self.ev_ring.set()
        self.reply(180, 'Ringing')

    async def progress(self):
        await self.open_rtp()
        self.take_sdp(self.invite.body)
        self.reply(183, 'Session Progress', body=self.sdp())

    async def answer(self):
        await self.open_rtp()
        self.take_sdp(self.invite.body)
        self.answered = now()
        self.note('answered')
        self.reply(200, 'OK', body=self.sdp())
        self.ev_answer.set()
        return self

    async def reject(self, code=486, phrase=None, reason=None):
        phrase = phrase or {486: 'Busy Here', 603: 'Decline', 480: 'Temporarily Unavailable', 404: 'Not Found',
                            500: 'Server Error', 503: 'Service Unavailable', 488: 'Not Acceptable Here'}.get(code, 'No')
        self.reply(code, phrase, [('Reason', reason)] if reason else ())
        self.done('phone', code)

    async def redirect(self, number, code=302, diversion=None):
        extra = [('Contact', '<sip:%s@%s:%d>' % (number, self.phone.server[0], self.phone.server[1]))]
        if diversion:
            extra.append(('Diversion', diversion))
        self.redirected = number
        self.reply(code, 'Moved Temporarily', extra)
        self.done('phone', code)

    # -- in the middle of a call ---------------------------------------------------------------
    async def reinvite(self, direction):
        for attempt in range(3):
            m = self.request('INVITE', body=self.sdp(direction))
            r = await self.phone.transact(m)
            self.ack(r, int(m.get('cseq').split()[0]))
            if r.code == 491:
                await asyncio.sleep(0.5)
                continue
            if r.code >= 300:
                raise SipError('re-INVITE refused: %s' % r.start)
            self.take_sdp(r.body)
            return
        raise SipError('re-INVITE refused three times')

    async def hold(self, direction='sendonly'):
        self.holds.append([now(), None])
        self.note('hold')
        await self.reinvite(direction)

    async def unhold(self):
        self.holds[-1][1] = now()
        self.note('unhold')
        await self.reinvite('sendrecv')

    async def refer(self, target, referred_by=True, timeout=10):
        """Blind transfer to a number. Returns the status code of the REFER."""
        s = self.phone.server
        extra = [('Refer-To', '<sip:%s@%s:%d>' % (target, s[0], s[1]))]
        if referred_by:
            extra.append(('Referred-By', self.local_uri))
        self.note('refer', target=target)
        r = await self.phone.transact(self.request('REFER', extra))
        return r.code

    async def blind_transfer(self, target, leave='accepted'):
        """REFER to a number, then hang up as phones do: once it is 'accepted', 'ringing' or 'answered'."""
        code = await self.refer(target)
        if code != 202:
            raise SipError('REFER refused: %d' % code)
        if leave != 'accepted':
            want = 180 if leave == 'ringing' else 200
            while not any(c >= want for c in self.notifies):
                self.ev_notify.clear()
                await asyncio.wait_for(self.ev_notify.wait(), 30)
        await asyncio.sleep(0.05)
        await self.hangup()

    async def refer_replaces(self, other):
        """Attended transfer: the far end of this call is to replace `other`, this phone's second call."""
        rep = '%s;to-tag=%s;from-tag=%s' % (other.call_id, other.remote_tag, other.local_tag)
        to = '<%s?Replaces=%s>' % (uri_of(other.remote_uri), quote(rep, safe=''))
        self.note('refer', replaces=other.call_id)
        r = await self.phone.transact(self.request('REFER', [('Refer-To', to), ('Referred-By', self.local_uri)]))
        return r.code

    async def attended_transfer(self, other, leave=200):
        """REFER with Replaces; hangs up both calls once the PBX reports success, as phones do."""
        code = await self.refer_replaces(other)
        if code != 202:
            raise SipError('REFER refused: %d' % code)
        while not any(c >= leave for c in self.notifies) and not self.ended:
            self.ev_notify.clear()
            await asyncio.wait_for(self.ev_notify.wait(), 30)
        await asyncio.sleep(0.05)
        await self.hangup()
        await other.hangup()
        return self.notifies[-1] if self.notifies else None

    async def wait_transfer(self, timeout=15):
        """Waits until a NOTIFY tells the outcome of a REFER; returns its code."""
        end = time.monotonic() + timeout
        while True:
            for c in self.notifies:
                if c >= 200:
                    return c
            self.ev_notify.clear()
            await asyncio.wait_for(self.ev_notify.wait(), max(0.01, end - time.monotonic()))


class Phone(asyncio.DatagramProtocol):
    """One telephone (or, without registering, the outside world behind a trunk)."""

    def __init__(self, name, server, ip='127.0.0.1', port=0, user=None, password=None, display=None,
                 media=False, rtp_base=None, trunk=False):
        self.name, self.server, self.ip, self.port = name, server, ip, port
        self.user, self.password, self.display = user or name, password, display
        self.media, self.trunk = media, trunk
        self.calls = {}
        self.incoming = asyncio.Queue()
        self.pending = {}
        self.log = []
        self.reg_call_id, self.reg_cseq, self.reg_tag = token() + '@' + ip, 0, token()
        self.registered = False
        self.auto = 'ring'        # what happens to a new call at once: 'ring', 'nothing', or a status code
        self.nonce_count = 0
        self._rtp = rtp_base
        self.answered_responses = {}

    def rtp_ports(self):
        base = self._rtp or 0
        return range(base, base + 80, 2) if base else [0]

    async def open(self):
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.ip, self.port))
        self.port = self.transport.get_extra_info('sockname')[1]
        return self

    def close(self):
        for c in list(self.calls.values()):
            if c.media_task:
                c.media_task.cancel()
            if c.rtp:
                c.rtp.close()
        self.transport.close()

    def send(self, msg, addr=None):
        self.transport.sendto(msg.encode(), addr or self.server)

    # -- client transactions ----------------------------------------------------------------
    async def transact(self, msg, timeout=8, on_provisional=None):
        """Sends a request until a final response comes; answers a digest challenge once."""
        for attempt in range(2):
            branch = re.search(r'branch=([^;\s]+)', msg.get('via')).group(1)
            key = (branch, msg.method)
            q = asyncio.Queue()
            self.pending[key] = q
            try:
                r = await self._until_final(msg, q, timeout, on_provisional)
            finally:
                self.pending.pop(key, None)
            if r.code in (401, 407) and self.password and attempt == 0:
                if msg.method == 'INVITE':
                    self._ack_failure(msg, r)
                msg = self._authorise(msg, r)
                if getattr(msg, 'call', None) is not None:
                    c = msg.call
                    c.invite_branch = re.search(r'branch=([^;\s]+)', msg.get('via')).group(1)
                    c.hop = c.cseq = int(msg.get('cseq').split()[0])
                continue
            return r
        return r

    async def _until_final(self, msg, q, timeout, on_provisional):
        wait, provisional = 0.5, False
        end = time.monotonic() + timeout
        self.send(msg)
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise asyncio.TimeoutError('%s: no final response to %s' % (self.name, msg.start))
            try:
                r = await asyncio.wait_for(q.get(), min(left, wait) if not provisional else left)
            except asyncio.TimeoutError:
                if not provisional:
                    self.send(msg)
                    wait = min(wait * 2, 4)
                continue
            if r.code < 200:
                provisional = True
                if on_provisional:
                    on_provisional(r)
                continue
            return r

    def _ack_failure(self, req, r):
        h = [('Via', req.get('via')), ('Max-Forwards', '70'), ('From', req.get('from')), ('To', r.get('to')),
             ('Call-ID', req.get('call-id')), ('CSeq', req.get('cseq').split()[0] + ' ACK')]
        self.send(Msg('ACK %s SIP/2.0' % req.start.split()[1], h))

    def _authorise(self, req, r):
        ch = r.get('www-authenticate') or r.get('proxy-authenticate')
        f = dict((k.lower(), v.strip('"')) for k, v in re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', ch))
        uri = req.start.split()[1]
        h = lambda s: hashlib.md5(s.encode()).hexdigest()
        ha1 = h('%s:%s:%s' % (self.user, f['realm'], self.password))
        ha2 = h('%s:%s' % (req.method, uri))
        self.nonce_count += 1
        nc, cn = '%08x' % 1, token(8)
        if 'qop' in f:
            resp = h(':'.join([ha1, f['nonce'], nc, cn, 'auth', ha2]))
            extra = ', qop=auth, nc=%s, cnonce="%s"' % (nc, cn)
        else:
            resp, extra = h(':'.join([ha1, f['nonce'], ha2])), ''
        if 'opaque' in f:
            extra += ', opaque="%s"' % f['opaque']
        value = ('Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", algorithm=MD5%s'
                 % (self.user, f['realm'], f['nonce'], uri, resp, extra))
        name = 'Authorization' if r.get('www-authenticate') else 'Proxy-Authorization'
        new, method = [], req.method
        for k, v in req.headers:
            if k == 'Via':
                v = re.sub(r'branch=[^;\s]+', 'branch=z9hG4bK' + token(), v)
            elif k == 'CSeq':
                v = '%d %s' % (int(v.split()[0]) + 1, method)
            new.append((k, v))
        new.append((name, value))
        m = Msg(req.start, new, req.body)
        m.call = getattr(req, 'call', None)
        return m

    # -- registration --------------------------------------------------------------------------
    async def register(self, expires=600, contact_user=None):
        self.reg_cseq += 1
        s = self.server
        aor = 'sip:%s@%s:%d' % (self.user, s[0], s[1])
        h = [('Via', 'SIP/2.0/UDP %s:%d;branch=z9hG4bK%s;rport' % (self.ip, self.port, token())), ('Max-Forwards', '70'),
             ('From', '<%s>;tag=%s' % (aor, self.reg_tag)), ('To', '<%s>' % aor), ('Call-ID', self.reg_call_id),
             ('CSeq', '%d REGISTER' % self.reg_cseq), ('User-Agent', 'test phone %s' % self.name),
             ('Contact', '<sip:%s@%s:%d>' % (contact_user or self.user, self.ip, self.port)), ('Expires', str(expires))]
        r = await self.transact(Msg('REGISTER sip:%s:%d SIP/2.0' % s, h))
        self.reg_cseq += 1
        if r.code != 200:
            raise SipError('%s: registration refused: %s' % (self.name, r.start))
        self.registered = expires > 0
        return self

    async def unregister(self):
        await self.register(expires=0)

    # -- calls ---------------------------------------------------------------------------------
    async def call(self, number, from_number=None, from_name=None, from_host=None, extra=(), host=None):
        """Starts a call; returns as soon as the INVITE is out."""
        c = Call(self, True, '%s@%s' % (token(14), self.ip))
        await c.open_rtp()
        s = self.server
        user = from_number or self.user
        name = from_name if from_name is not None else self.display
        c.local_uri = '%s<sip:%s@%s>' % ('"%s" ' % name.replace('\\', '\\\\').replace('"', '\\"') if name else '', user, from_host or self.ip)
        c.remote_target = 'sip:%s@%s:%d' % (number, s[0], s[1])
        c.invite_uri = c.remote_target
        c.remote_uri = '<%s>' % c.remote_target
        c.number = number
        c.invite_branch = 'z9hG4bK' + token()
        self.calls[c.call_id] = c
        m = c.request('INVITE', list(extra), c.sdp(), branch=c.invite_branch)
        m.call = c
        c.hop = c.cseq
        c.start = now()
        c.note('invite sent', number=number)
        c.task = asyncio.create_task(self._call(c, m))
        return c

    async def _call(self, c, m):
        def provisional(r):
            if r.code == 180 or r.code == 183:
                c.remote_tag = tag_of(r.get('to'))
                if r.get('contact'):
                    c.remote_target = uri_of(r.get('contact'))
                if r.body:
                    c.take_sdp(r.body)
                if r.code == 183 and not c.ringing:
                    c.note('progress')
                if r.code == 180 and not c.ringing:
                    c.ringing = now()
                    c.note('ringback')
                    c.ev_ring.set()
        try:
            r = await self.transact(m, timeout=120, on_provisional=provisional)
        except asyncio.TimeoutError:
            c.done('pbx', 408)
            return
        c.remote_tag = tag_of(r.get('to')) or c.remote_tag
        cseq = int(r.get('cseq').split()[0])
        c.cseq = max(c.cseq, cseq)
        if r.code < 300:
            c.remote_target = uri_of(r.get('contact'))
            c.take_sdp(r.body)
            c.ack(r, cseq)
            c.last_ack = cseq
            c.answered = now()
            c.note('answered')
            c.identity(r)
            c.ev_answer.set()
            c.ev_ring.set()
            if getattr(c, 'cancelled', None):       # answered while the CANCEL was under way
                await c.hangup()
        else:
            c.ack(r, cseq)
            c.done('phone' if c.ended_by == 'phone' else 'pbx', r.code, r.get('reason'))

    async def wait_call(self, timeout=10):
        """The next incoming call."""
        return await asyncio.wait_for(self.incoming.get(), timeout)

    # -- what comes in --------------------------------------------------------------------------
    def respond(self, req, code, phrase, tag=None, extra=(), body=''):
        h = [('Via', v) for v in req.all('via')]
        to = req.get('to')
        if tag and not tag_of(to) and code > 100:
            to += ';tag=' + tag
        h += [('From', req.get('from')), ('To', to), ('Call-ID', req.get('call-id')), ('CSeq', req.get('cseq'))]
        if code > 100 and not any(k.lower() == 'contact' for k, _ in extra):
            h.append(('Contact', '<sip:%s@%s:%d>' % (self.user, self.ip, self.port)))
        h.append(('User-Agent', 'test phone %s' % self.name))
        h += list(extra)
        if body:
            h.append(('Content-Type', 'application/sdp'))
        m = Msg('SIP/2.0 %d %s' % (code, phrase), h, body)
        key = (req.get('via'), req.get('cseq'))
        self.answered_responses[key] = m
        if len(self.answered_responses) > 300:
            self.answered_responses.pop(next(iter(self.answered_responses)))
        self.send(m)

    def datagram_received(self, data, addr):
        try:
            m = Msg.parse(data)
        except Exception:
            return
        if m.is_response:
            branch = re.search(r'branch=([^;\s]+)', m.get('via')).group(1)
            q = self.pending.get((branch, m.method))
            if q:
                q.put_nowait(m)
            elif m.method == 'INVITE' and 200 <= m.code < 300:   # our ACK was lost
                c = self.calls.get(m.get('call-id'))
                if c:
                    c.ack(m, int(m.get('cseq').split()[0]))
            return
        key = (m.get('via'), m.get('cseq'))
        if key in self.answered_responses and m.method != 'ACK':
            self.send(self.answered_responses[key])
            return
        handler = getattr(self, 'on_' + m.method.lower(), None)
        c = self.calls.get(m.get('call-id'))
        if handler:
            asyncio.get_running_loop().create_task(self._guard(handler(m, c)))
        elif m.method != 'ACK':
            self.respond(m, 405, 'Method Not Allowed')

    async def _guard(self, coro):
        try:
            await coro
        except Exception as e:                       # a broken test phone must be seen
            self.log.append(dict(t=now(), phone=self.name, what='error', error=repr(e)))
            raise

    async def on_ack(self, m, c):
        pass

    async def on_options(self, m, c):
        self.respond(m, 200, 'OK', token())

    async def on_invite(self, m, c):
        if c and tag_of(m.get('to')):                # re-INVITE
            if c.ended:
                self.respond(m, 481, 'No such call')
                return
            c.take_sdp(m.body)
            c.identity(m)
            held = c.remote_holds and c.remote_holds[-1][1] is None
            c.note('re-INVITE received', held=bool(held))
            d = c.direction
            if held:
                d = 'recvonly' if 'a=sendonly' in m.body else 'inactive'
            elif c.holds and c.holds[-1][1] is None:
                d = 'sendonly'
            else:
                d = 'sendrecv'
            self.respond(m, 200, 'OK', c.local_tag, body=c.sdp(d))
            return
        self.respond(m, 100, 'Trying')
        c = Call(self, False, m.get('call-id'))
        c.invite = m
        c.remote_tag = tag_of(m.get('from'))
        c.remote_uri = re.sub(r';\s*tag=[^;]+', '', m.get('from'))
        c.local_uri = m.get('to')
        c.remote_target = uri_of(m.get('contact'))
        c.number = m.start.split()[1].split('@')[0].split(':')[-1]
        c.from_number = user_of(m.get('from'))
        c.identity(m)
        c.note('invite received', frm=m.get('from'), to=m.start.split()[1], diversion=m.get('diversion'))
        self.calls[c.call_id] = c
        if self.auto == 'ring':
            await c.ring()
        elif isinstance(self.auto, int):
            await c.reject(self.auto)
        self.incoming.put_nowait(c)

    async def on_cancel(self, m, c):
        self.respond(m, 200, 'OK', c.local_tag if c else token())
        if c and not c.answered and not c.ended:
            c.reply(487, 'Request Terminated')
            c.done('pbx', 487, m.get('reason'))

    async def on_bye(self, m, c):
        self.respond(m, 200, 'OK' if c else 'OK')
        if c:
            c.done('pbx', reason=m.get('reason'))

    async def on_update(self, m, c):
        if c:
            c.identity(m)
            if m.body:
                c.take_sdp(m.body)
        self.respond(m, 200, 'OK', c.local_tag if c else token(), body=c.sdp(c.direction) if c and m.body else '')

    async def on_info(self, m, c):
        self.respond(m, 200, 'OK')

    async def on_message(self, m, c):
        self.respond(m, 200, 'OK')

    async def on_notify(self, m, c):
        self.respond(m, 200, 'OK')
        if c and 'refer' in (m.get('event') or ''):
            s = re.match(r'SIP/2\.0 (\d+)', m.body)
            if s:
                c.notifies.append(int(s.group(1)))
                c.note('transfer progress', code=int(s.group(1)))
                c.ev_notify.set()


def _identity(self, m):
    v = m.get('p-asserted-identity') or m.get('remote-party-id')
    if v and (not self.remote_id or self.remote_id[-1] != v):
        self.remote_id.append(v)


Call.identity = _identity
