"""What an attempt asks of models, at its address."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Self

from harness.contracts.address import Address
from harness.contracts.draw import Context, Judgement, OptionScore, Reply
from harness.contracts.prompt import Prompt
from harness.contracts.thoughts import Thoughts, closed_again
from harness.draws.asker import (
    JudgementRequest,
    completion_key,
    judgement_key,
    prompt_key,
    reward_key,
    score_key,
)
from harness.draws.judgements import JudgementTally, openings
from harness.draws.role_model import RoleModel
from harness.draws.session import Session
from harness.engines.protocol import CompletionRequest, LogLikelihoodRequest, RewardRequest, Tag
from harness.engines.reward_text import judged_text
from harness.engines.text import cut, ids_of
from harness.errors import OverflowedError, UserError
from harness.ledger import cost_of


@dataclass(frozen=True)
class ModelDraw:
    """The part of a `Draw` that asks models: an attempt's session at one address."""

    session: Session
    address: Address

    def at(self, name: str, index: int, ordinal: int = 0) -> Self:
        return replace(self, address=self.address.at(name, index, ordinal))

    def show(self, prompt: Prompt, lead: str = "") -> Context:
        ids, text = self._role_model(prompt.role).renderer.render(prompt, lead)
        key = prompt_key(ids).hex()
        self.session.shown[key] = text
        return Context(prompt.role, ids, key)

    def extend(self, context: Context, text: str) -> Context:
        ids = self._role_model(context.role).renderer.tokenizer.encode(text)
        return replace(context, ids=context.ids + ids)

    def tell(self, context: Context, text: str) -> Context:
        ids = self._role_model(context.role).renderer.tokenizer.turn(text)
        return replace(context, ids=context.ids + ids)

    def thoughts(self, role: str) -> Thoughts | None:
        return self._role_model(role).renderer.tokenizer.thoughts

    async def complete(self, context: Context, max_tokens: int, stop: Sequence[str] = ()) -> Reply:
        session, role_model = self.session, self._role_model(context.role)
        if len(context.ids) + max_tokens > session.window:
            raise OverflowedError(len(context.ids) + max_tokens, session.window)
        stops = (*stop, *role_model.renderer.stops)
        key, address = self._key(role_model, context.ids, max_tokens, stops)
        request = CompletionRequest(
            ids=context.ids,
            sampling=role_model.sampling,
            max_tokens=max_tokens,
            stop=stops,
            tag=self._tag(context.role, address),
            seed=int.from_bytes(key[:4], "little") & 0x7FFFFFFF,
            adapter=role_model.adapter,
        )
        own = session.own_prefix(context)
        shown = session.shown[context.prompt]
        self.called(context.role)
        drawn = await session.asker.complete(role_model, key, request, context.prompt, shown)
        generated = array("I", drawn.record["ids"])
        prompt = len(context.ids)
        session.charge(
            context.role, cost_of(prompt, len(generated), own, role_model.flop_per_token)
        )
        finish = drawn.record["finish"]
        session.completed(context.role, max_tokens, len(generated), finish)
        session.used(key, drawn, prompt, len(generated))
        return self._reply(context, drawn.record, generated, stops)

    def _reply(
        self, context: Context, record: dict[str, Any], generated: array[int], stops: Sequence[str]
    ) -> Reply:
        raw = record["text"]
        text = cut(raw, stops)
        tokenizer = self._role_model(context.role).renderer.tokenizer
        ids = context.ids + ids_of(text, raw, generated, tokenizer)
        grown = replace(context, ids=ids, parent=len(ids))
        stopped = next((stop for stop in stops if raw.startswith(stop, len(text))), "")
        return Reply(text, grown, record["finish"], stopped)

    async def score(self, context: Context, options: Sequence[str]) -> tuple[OptionScore, ...]:
        session, role_model = self.session, self._role_model(context.role)
        calls = [(text, role_model.renderer.tokenizer.encode(text)) for text in options]
        longest = max(len(ids) for _, ids in calls)
        if len(context.ids) + longest >= session.window:
            raise OverflowedError(len(context.ids) + longest + 1, session.window)
        tag = self._tag(context.role, self.address)
        self.called(f"{context.role}:score")
        asked = [
            self._score(role_model, context, ids, session.own_prefix(context), tag)
            for _, ids in calls
        ]
        logprobs = await asyncio.gather(*asked)
        return tuple(
            OptionScore(text, logprob, len(ids))
            for (text, ids), logprob in zip(calls, logprobs, strict=True)
        )

    async def _score(
        self, role_model: RoleModel, context: Context, ids: array[int], own: int, tag: Tag
    ) -> float:
        session, prompt = self.session, len(context.ids) + len(ids)
        session.charge(context.role, cost_of(prompt, 0, own, role_model.flop_per_token))
        key = score_key(role_model, context.ids, ids)
        request = LogLikelihoodRequest(context.ids, ids, tag, role_model.adapter)
        shown = session.shown[context.prompt]
        drawn = await session.asker.score(role_model, key, request, context.prompt, shown)
        session.used(key, drawn, prompt, 0)
        logprob = drawn.record["logprob"]
        return -inf if logprob is None else float(logprob)  # the journal's JSON has no infinity

    async def judge(self, context: Context, yes: Sequence[str], no: Sequence[str]) -> Judgement:
        session, role_model = self.session, self._role_model(context.role)
        tokenizer = role_model.renderer.tokenizer
        # What is judged is read off at once: a model that would think first is kept from it.
        ids = context.ids + tokenizer.encode(closed_again(tokenizer.thoughts))
        ways = openings(yes, no, tokenizer.encode)
        longest = max(map(len, ways.all))
        if len(ids) + longest >= session.window:
            raise OverflowedError(len(ids) + longest + 1, session.window)
        own = session.own_prefix(context)
        self.called(f"{context.role}:score")
        prompt = len(ids) + sum(map(len, ways.all))
        session.charge(context.role, cost_of(prompt, 0, own, role_model.flop_per_token))
        request = JudgementRequest(ids, ways, self._tag(context.role, self.address))
        key = judgement_key(role_model, ids, ways)
        shown = session.shown[context.prompt]
        drawn = await session.asker.judge(role_model, key, request, context.prompt, shown)
        session.used(key, drawn, drawn.prompt if drawn.fresh else prompt, 0)
        # The journal's JSON has no infinity.
        agreed, refused = (
            -inf if drawn.record[side] is None else float(drawn.record[side])
            for side in ("yes", "no")
        )
        result = Judgement(agreed, refused)
        tally = session.judgements.get(context.role, JudgementTally())
        session.judgements[context.role] = tally.with_one(result.mass)
        return result

    async def reward(self, prompt: Prompt, steps: Sequence[str], of: Address) -> tuple[float, ...]:
        session, role_model = self.session, self._role_model(prompt.role)
        if role_model.head is None:
            raise UserError(f"{role_model.model} is no reward model: its config has no `reward`")
        renderer = role_model.renderer
        judged = judged_text(renderer.tokenizer, renderer.chat, role_model.head, prompt, steps)
        count = len(judged.ids)
        if count > session.window:
            raise OverflowedError(count, session.window)
        question = prompt_key(judged.ids[: judged.question]).hex()
        session.shown[question] = judged.shown
        # The question alone is what its solutions share, whoever comes first.
        own = session.own_prefix(Context(prompt.role, judged.ids[: judged.question], question))
        self.called(f"{prompt.role}:reward")
        session.charge(prompt.role, cost_of(count, 0, own, role_model.flop_per_token))
        request = RewardRequest(judged.ids, judged.at, self._tag(prompt.role, of))
        key = reward_key(role_model, judged.ids, judged.at)
        drawn = await session.asker.reward(role_model, key, request, question, judged.shown)
        session.used(key, drawn, count, 0)
        values = tuple(map(float, drawn.record["values"]))
        session.rewards[prompt.role, str(of)] = values
        return values

    def called(self, what: str) -> None:
        self.session.calls.setdefault(str(self.address), []).append(what)

    def _role_model(self, role: str) -> RoleModel:
        return self.session.role_models[role]

    def _tag(self, role: str, address: Address) -> Tag:
        session = self.session
        step = session.steps[role, str(self.address)]
        session.steps[role, str(self.address)] += 1
        return Tag(session.problem, role, address, step, session.stack)

    def _key(
        self, role_model: RoleModel, ids: array[int], max_tokens: int, stops: tuple[str, ...]
    ) -> tuple[bytes, Address]:
        """The draw's key at this address, or at its next free `repeat` where the same sampled
        request came before in this attempt."""
        address = self.address
        key = completion_key(role_model, ids, max_tokens, stops, address)
        if role_model.sampling.greedy:
            return key, address
        nth = self.session.seen[key]
        self.session.seen[key] += 1
        if nth:
            address = address.at("repeat", nth)
            key = completion_key(role_model, ids, max_tokens, stops, address)
        return key, address
