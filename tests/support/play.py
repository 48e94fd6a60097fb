#!/usr/bin/env python3
"""play.py LAB INSTANCE_ENV RTP_BASE < SCORE: plays a list of calls with the lab's SIP telephones, by the clock.

LAB is the folder of the lab Asterisk, INSTANCE_ENV the file that says where the instance listens. The score is one JSON
object: {"calls": [...], "register_at": [seconds, ...]}. A call is
  {"id": "01705550001", "at": 0.5, "extension": "1001", "outbound": false, "answer": 1.0, "end": 4.0, "by_caller": true}
at, end: seconds since the beginning; answer: seconds of ringing, null for never. Inbound, the id is the caller's number;
outbound, it is what the extension dials behind the 0: so every call can be told from every other one in a record.
Standard output, as JSON lines: {"began": time}, then each call as it truly went when it is over, and {"done": time}.
"""
import asyncio
import json
import sys
import time

sys.dont_write_bytecode = True
lab, env_file, rtp_base = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.path.insert(0, lab + '/lib')
from sipua import Phone, SipError  # noqa: E402

AREA = '4930555'
LOST = (SipError, asyncio.TimeoutError, OSError)


def say(**what):
    print(json.dumps(what), flush=True)


class Player:
    def __init__(self, env, score):
        host, port = env['PBX_SIP'].rsplit(':', 1)
        self.server = (host, int(port))
        self.trunk_at = env['PBX_TRUNK'].rsplit(':', 1)
        self.score, self.phones, self.expected, self.rtp = score, {}, {}, rtp_base

    async def phone(self, name):
        trunk = name == 'trunk'
        ip, port = (self.trunk_at[0], int(self.trunk_at[1])) if trunk else (self.server[0], 0)
        p = Phone(name, self.server, ip=ip, port=port, user=None if trunk else name, password=None if trunk else 'pw' + name,
                  trunk=trunk, rtp_base=self.rtp)
        self.rtp += 80
        await p.open()
        if not trunk:
            await p.register()
        self.phones[name] = p
        asyncio.create_task(self.hand_out(p))

    async def hand_out(self, phone):
        """Gives each call that comes in to the one who waits for it."""
        while True:
            call = await phone.incoming.get()
            waiting = self.expected.pop(call.number if phone.trunk else call.from_number, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(call)

    async def until(self, offset):
        await asyncio.sleep(max(0, self.began + offset - time.time()))

    async def play(self, c):
        await self.until(c['at'])
        trunk, extension = self.phones['trunk'], self.phones[c['extension']]
        arrives = self.expected[c['id']] = asyncio.get_running_loop().create_future()
        called = None
        if c['outbound']:
            caller = await extension.call('0' + c['id'])
        else:
            caller = await trunk.call(AREA + c['extension'], from_number=c['id'], from_name='Caller ' + c['id'][-4:])
        try:
            called = await asyncio.wait_for(arrives, 8)
            if c['answer'] is not None:
                await asyncio.sleep(c['answer'])
                await called.answer()
                await caller.wait_answer()
            await self.until(c['end'])
            await (caller if c['by_caller'] else called).hangup()
            await (called if c['by_caller'] else caller).wait_end(5)
            await caller.wait_end(5)
        except LOST as e:
            say(lost=c['id'], why=repr(e))
        for side in (caller, called):
            if side is not None and not side.ended:
                side.done('phone', 408)
        say(call=c['id'], start=caller.start, ring=called and called.ringing, answer=called and called.answered, end=caller.ended)

    async def register_again(self, offset):
        await self.until(offset)
        for p in self.phones.values():
            if not p.trunk:
                try:
                    await p.register()
                except LOST as e:
                    say(lost=p.name, why=repr(e))

    async def run(self):
        for name in ['trunk', *sorted({c['extension'] for c in self.score['calls']})]:
            await self.phone(name)
        self.began = time.time()
        say(began=self.began)
        await asyncio.gather(*(self.play(c) for c in self.score['calls']), *(self.register_again(t) for t in self.score.get('register_at', [])))
        say(done=time.time())


with open(env_file, encoding='utf-8') as lines:
    instance = dict(line.strip().split('=', 1) for line in lines if '=' in line)
asyncio.run(Player(instance, json.load(sys.stdin)).run())
