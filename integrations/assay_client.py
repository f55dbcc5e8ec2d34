"""Scores of solutions from `assay serve`, and the rewards of their steps on a trainer's own tokens.

Python 3.10 or later and its standard library. Settings are environment variables, so that they reach every worker that
a trainer starts:

    ASSAY_URL       the server; http://127.0.0.1:8300 where it is not set
    ASSAY_TOKEN     its token, where it wants one; http://any:TOKEN@host:8300 has it, too
    ASSAY_REWARD    what a whole response is worth: score, log P(correct) in nats (default), or p_correct
    ASSAY_DEADLINE  seconds that one request may take, with all its tries; 120 where it is not set
    ASSAY_UNANSWERED  what a response is worth that states no answer, log P(correct) in nats at most: -6.9 where it is
                    not set; keep: what the reward model says, by which it pays to stop early

There is no number that stands for a failure. A response that cannot be scored (nothing in it, too long) is a result
with "error"; all else is an AssayError.
"""

import http.client
import json
import math
import os
import random
import time
from bisect import bisect_left
from email.utils import parsedate_to_datetime
from itertools import product
from urllib.parse import unquote, urlsplit

TRIES = 6
# of one request
MOST_RESPONSES = 64
MOST_BYTES = 4 << 20

# of its own: a trainer's seeds stay as they are
_jitter = random.Random()


class AssayError(Exception):
    """No scores: nobody there, a refusal, an answer that is none, tokens that are not of this text."""


def score(problems, responses, templated=False) -> list[dict]:
    """The server's result for each response, in order; docs/serve.md says what is in them. One that could not be scored
    is {"error": {"type", "message"}}. Problems and responses are texts, or lists of messages; `templated`: problems are
    prompts that a chat template has made, of which the server takes the last turn of the user. What a response without
    an answer is worth is ASSAY_UNANSWERED's to say."""
    least = _unanswered()
    name = "prompt" if templated else "problem"
    results = []
    for batch in _batches(zip(problems, responses, strict=True)):
        solutions = [{name: problem, "response": response} for problem, response in batch]
        results += _checked(post("/v1/score", {"solutions": solutions}), len(batch))
    return [_settled(result, least) for result in results]


def _unanswered():
    given = os.environ.get("ASSAY_UNANSWERED", str(math.log(1e-3)))
    if given == "keep":
        return None
    try:
        if -math.inf < float(given) <= 0:
            return float(given)
    except ValueError:
        pass
    raise AssayError(f"ASSAY_UNANSWERED is {given!r}; it must be keep, or log P(correct): a number of at most 0")


def _settled(result, least):
    """No reward model has seen solutions that stop where they like, and takes a true half for a true whole."""
    if least is None or result.get("answer", "") is not None:
        return result
    score = min(result["score"], least)
    rewards = {"rewards": [0.0] * (len(result["rewards"]) - 1) + [score]} if result.get("rewards") else {}
    return {**result, "score": score, "p_correct": math.exp(score), **rewards}


def scalar(result: dict) -> float | None:
    """What a whole response is worth; None where it could not be scored."""
    name = os.environ.get("ASSAY_REWARD", "score")
    if name not in ("score", "p_correct"):
        raise AssayError(f"ASSAY_REWARD is {name!r}; it must be score or p_correct")
    return None if "error" in result else result[name]


def post(path: str, body: dict):
    """The server's JSON answer. Busy and broken servers are asked again, until the deadline."""
    url = _url(path)
    data = json.dumps(body).encode()
    until = time.monotonic() + _deadline()
    for attempt in range(TRIES):
        try:
            return _ask(url, data, until)
        except _Again as failure:
            wait = max(failure.after, 0.5 * 2**attempt) + 0.5 * _jitter.random()
            if attempt + 1 == TRIES or time.monotonic() + wait >= until:
                raise AssayError(f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}: {failure}") from failure
            time.sleep(wait)


def _url(path):
    given = (os.environ.get("ASSAY_URL") or "http://127.0.0.1:8300").rstrip("/")
    try:
        url = urlsplit(given + path)
        good = url.scheme in ("http", "https") and url.hostname and url.port != 0
    except ValueError:  # a port that is none, half an address of IPv6
        good = False
    if good:
        return url
    raise AssayError(f"ASSAY_URL is {given.rpartition('@')[2]!r}; it must be like http://127.0.0.1:8300")


def _deadline():
    given = os.environ.get("ASSAY_DEADLINE", "120")
    try:
        if 0 < float(given) < math.inf:
            return float(given)
    except ValueError:
        pass
    raise AssayError(f"ASSAY_DEADLINE is {given!r}; it must be seconds, more than 0")


class _Again(Exception):
    def __init__(self, message, after=0.0):
        super().__init__(message)
        self.after = after


def _ask(url, data, until):
    # not urllib: it would send this through a proxy for the internet, and the token after a redirect
    left = until - time.monotonic()
    connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = connect(url.hostname, url.port, timeout=max(left, 0.001))
    headers = {"content-type": "application/json", "x-deadline-ms": str(min(max(int(left * 1000), 1), 3_600_000))}
    if token := os.environ.get("ASSAY_TOKEN") or unquote(url.password or ""):
        headers["authorization"] = f"Bearer {token}"
    try:
        connection.connect()
        socket = connection.sock
        connection.request("POST", f"{url.path}?{url.query}", data, headers)
        answer = connection.getresponse()
        content = b""
        while part := answer.read1(1 << 20):
            content += part
            socket.settimeout(max(until - time.monotonic(), 0.001))
    except (OSError, http.client.HTTPException) as error:
        raise _Again(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if answer.status == 200:
        try:
            return json.loads(content, parse_float=_finite, parse_constant=_finite)
        except (ValueError, RecursionError) as error:
            raise _Again(f"the answer is not JSON: {content[:100]!r}") from error
    message = f"{answer.status} {_message(content)}"
    if answer.status in (408, 429, 502, 503, 504):
        raise _Again(message, _seconds(answer.getheader("retry-after")))
    raise AssayError(message)


def _finite(number):
    if math.isfinite(float(number)):
        return float(number)
    raise ValueError(f"{number} is no number")


def _message(content):
    try:
        return json.loads(content)["error"]["message"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return repr(content[:200])


def _seconds(retry_after):
    """Retry-After is seconds, or a date."""
    try:
        return max(0.0, float(retry_after))
    except (TypeError, ValueError):
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0


def _batches(pairs):
    batch, size = [], 0
    for pair in pairs:
        length = len(json.dumps(pair))
        if batch and (len(batch) == MOST_RESPONSES or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(pair)
        size += length
    if batch:
        yield batch


def _checked(answer, count):
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or len(results) != count:
        raise AssayError(f"the answer does not hold {count} results")
    for result in results:
        if not isinstance(result, dict):
            raise AssayError("a result is no object")
        if "error" in result:
            continue
        numbers = [result.get("score"), result.get("p_correct"), *result.get("rewards", [])]
        if not all(isinstance(number, (int, float)) for number in numbers):
            raise AssayError(f"a result does not hold its numbers: {result}")
        if len(result.get("spans", [])) != len(result.get("rewards", result.get("spans", []))):
            raise AssayError(f"a result does not say where each of its steps stands: {result}")
    return results


def token_rewards(result: dict, tokenizer, ids, text: str) -> list[float]:
    """The rewards of a response's steps on its tokens: one number a token, 0 where no step ends. They sum to the score.

    The reward of a step goes on the token that completes the step's last character. `text` is the response that was
    scored, `ids` are the tokens that it was decoded from, as they were sampled, and `tokenizer` has decoded them.

    Raises AssayError where the reward model has no step rewards, or the tokens are not of this text.
    """
    if "rewards" not in result:
        raise AssayError(result["error"]["message"] if "error" in result else "this reward model has no step rewards")
    ids = [int(token) for token in ids]
    ends = [end for _, end in result["spans"]]
    if not all(0 < end <= len(text) for end in ends) or ends != sorted(ends):
        raise AssayError("the steps are not of this text")
    rewards = [0.0] * len(ids)
    places = _places_by_offsets(tokenizer, ids, text, ends) or _places_by_decoding(tokenizer, ids, text, ends)
    for place, reward in zip(places, result["rewards"], strict=True):
        rewards[place] += reward
    return rewards


def _places_by_offsets(tokenizer, ids, text, ends):
    """Where each step ends, by the offsets that a fast tokenizer gives; None where it would cut the text otherwise than
    it was sampled."""
    try:
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        same, offsets = encoded["input_ids"], encoded["offset_mapping"]
    except (NotImplementedError, KeyError, TypeError, ValueError):  # a tokenizer without offsets
        return None
    if same != ids[: len(same)] or not set(tokenizer.all_special_ids).issuperset(ids[len(same) :]):
        return None
    starts = [start for start, _ in offsets]
    # tokens that share a character all have its offsets: the last of them completes it
    places = [bisect_left(starts, end) - 1 for end in ends]
    covered = all(place >= 0 and offsets[place][1] >= end for place, end in zip(places, ends))
    return places if covered else None


def _places_by_decoding(tokenizer, ids, text, ends):
    """The same by what tokens decode to, whoever cut the text."""
    special = set(tokenizer.all_special_ids)
    for skip, clean in product((True, False), (False, True)):
        how = {"skip_special_tokens": skip, "clean_up_tokenization_spaces": clean}
        if tokenizer.decode(ids, **how).startswith(text):
            break
    else:
        raise AssayError("the tokens do not decode to the text that was scored")

    def decoded(begin, end):
        return tokenizer.decode(ids[begin:end], **how)

    # The first `done` tokens are the first `length` characters. Decoding begins a step earlier: some tokenizers drop
    # a first space.
    places, begin, done, length, count = [], 0, 0, 0, 0
    for end in ends:
        context = decoded(begin, done)
        wanted = context + text[length:end]
        ahead = 1
        while not decoded(begin, count + ahead).startswith(wanted):
            if count + ahead >= len(ids):
                raise AssayError("the tokens do not decode to the text that was scored")
            ahead *= 2
        reach = range(min(count + ahead, len(ids)))
        count = bisect_left(reach, True, lo=count, key=lambda i: decoded(begin, i).startswith(wanted))
        if text[end - 1] == "\ufffd":
            # a part of a character decodes to U+FFFD, and with more of it to the same
            while count < len(ids) and ids[count] not in special and decoded(begin, count + 1) == decoded(begin, count):
                count += 1
        places.append(count - 1)
        covered = decoded(begin, count)
        after = length + len(covered) - len(context)
        if covered == context + text[length:after]:
            begin, done, length = done, count, after
    return places


def leave_one_out(group: list[list[float] | None]) -> list[list[float] | None]:
    """Advantages of tokens, REINFORCE leave-one-out (arXiv 2402.14740): the rewards from a token on, less the mean of
    that over the tokens of the other responses. `group` holds the token rewards of the responses to one problem. None
    has no score: it stays None, and nobody is compared with it. Where there is nobody to compare with, all is 0."""
    returns = [rewards and _returns(rewards) for rewards in group]
    advantages = []
    for i, each in enumerate(returns):
        others = [sum(other) / len(other) for j, other in enumerate(returns) if j != i and other]
        if not others:
            advantages.append(each and [0.0] * len(each))
            continue
        baseline = sum(others) / len(others)
        advantages.append(each and [value - baseline for value in each])
    return advantages


def _returns(rewards):
    returns, ahead = [], 0.0
    for reward in reversed(rewards):
        ahead += reward
        returns.append(ahead)
    return returns[::-1]
