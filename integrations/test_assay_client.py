import math
import os
import random
import unittest
from email.utils import formatdate
from unittest import mock

import assay_client
from assay_client import AssayError, leave_one_out, post, scalar, score, token_rewards
from serve_fixture import PROBLEM, RIGHT, WRONG, ByteTokenizer, ScriptedServer, serve


def at(url, **settings):
    return mock.patch.dict(os.environ, {"ASSAY_URL": url, **settings})


def scored(*rewards):
    return {
        "id": "0",
        "score": sum(rewards),
        "p_correct": 0.5,
        "rewards": list(rewards),
        "spans": [[0, 1]] * len(rewards),
    }


class Scores(unittest.TestCase):
    def test_each_response_has_its_own_result_in_order_whatever_the_batches(self):
        responses = [WRONG, "", RIGHT, " \n", WRONG]
        with at(serve()):
            results = score([PROBLEM] * 5, responses)
            for sizes in ({"MOST_RESPONSES": 2}, {"MOST_BYTES": 100}):
                with mock.patch.multiple(assay_client, **sizes):
                    again = score([PROBLEM] * 5, responses)
                self.assertEqual([scalar(each) is None for each in again], [False, True, False, True, False])
                for one, other in zip(results, again):
                    self.assertAlmostEqual(scalar(one) or 0, scalar(other) or 0, places=4)
        self.assertEqual(
            [each.get("error", {}).get("type") for each in results], [None, "no_steps", None, "no_steps", None]
        )
        self.assertLess(scalar(results[0]), scalar(results[2]))
        self.assertEqual(results[0]["first_error"], 1)
        for result, response in [(results[0], WRONG), (results[2], RIGHT)]:
            self.assertAlmostEqual(sum(result["rewards"]), result["score"], places=4)
            self.assertEqual([response[start:end] for start, end in result["spans"]], response.split("\n"))

    def test_conversations_are_scored_as_their_texts_are(self):
        with at(serve()):
            [text] = score([PROBLEM], [WRONG])
            chat = [{"role": "system", "content": "Reason."}, {"role": "user", "content": PROBLEM}]
            [messages] = score([chat], [[{"role": "assistant", "content": WRONG}]])
            with at(serve(), ASSAY_REWARD="p_correct"):
                self.assertEqual(scalar(text), text["p_correct"])
            with at(serve(), ASSAY_REWARD="hazard"), self.assertRaisesRegex(AssayError, "score or p_correct"):
                scalar(text)
        self.assertAlmostEqual(text["score"], messages["score"], places=5)

    def test_who_stops_before_an_answer_gains_nothing_by_it(self):
        early = RIGHT.split("\n")[0]
        with at(serve()):
            right, stopped = score([PROBLEM] * 2, [RIGHT, early])
        self.assertLess(scalar(stopped), scalar(right))
        self.assertAlmostEqual(scalar(stopped), math.log(1e-3))
        self.assertAlmostEqual(sum(stopped["rewards"]), stopped["score"])
        self.assertAlmostEqual(stopped["p_correct"], 1e-3)
        with at(serve(), ASSAY_UNANSWERED="keep"):
            [kept] = score([PROBLEM], [early])
        self.assertGreater(scalar(kept), scalar(right))
        with at(serve(), ASSAY_UNANSWERED="-20"):
            self.assertEqual(scalar(score([PROBLEM], [early])[0]), -20)
        for given in ("nan", "1", "-inf", "low"):
            with at(serve(), ASSAY_UNANSWERED=given), self.assertRaisesRegex(AssayError, "must be keep"):
                score([PROBLEM], [early])

    def test_the_token_comes_from_the_environment_and_is_in_no_message(self):
        url = serve("--token-from", "TEST_TOKEN")
        in_the_url = url.replace("http://", "http://any:s3cret@")
        for settings in ({"url": url, "ASSAY_TOKEN": "s3cret"}, {"url": in_the_url}):
            with at(**settings):
                self.assertEqual(len(score([PROBLEM], [RIGHT])), 1)
        for wrong in ({}, {"ASSAY_TOKEN": "wr0ng"}):
            with at(url, **wrong), self.assertRaisesRegex(AssayError, "^401 this server wants its token") as refused:
                score([PROBLEM], [RIGHT])
            self.assertNotIn("wr0ng", repr(refused.exception))

    def test_what_the_server_refuses_is_said_at_once(self):
        with at(serve()), mock.patch("time.sleep") as sleep:
            for problem, response, why in [("", RIGHT, "problem is empty"), (PROBLEM, 7, "response must be a text")]:
                with self.assertRaisesRegex(AssayError, why):
                    score([problem], [response])
            with self.assertRaisesRegex(AssayError, "404"):
                post("/nowhere", {})
            with self.assertRaises(ValueError):
                score([PROBLEM], [RIGHT, WRONG])
        sleep.assert_not_called()

    def test_an_address_that_is_none(self):
        no_servers = ("127.0.0.1:8300", "localhost", "ftp://localhost", "http://", "http://[::1")
        for url in (*no_servers, "http://any:s3cret@host:port"):
            with at(url), self.assertRaisesRegex(AssayError, "ASSAY_URL") as refused:
                score([PROBLEM], [RIGHT])
            self.assertNotIn("s3cret", str(refused.exception))

    def test_a_deadline_that_is_none(self):
        for given in ("soon", "0", "-1", "inf", "nan"):
            with at("http://127.0.0.1:9", ASSAY_DEADLINE=given), self.assertRaisesRegex(AssayError, "ASSAY_DEADLINE"):
                score([PROBLEM], [RIGHT])


GOOD = (200, {}, {"results": [scored(-0.5)]})
BUSY = {"error": {"message": "the queue is full"}}


@mock.patch("time.sleep")
class FailingServers(unittest.TestCase):
    """Pauses are looked at, not waited for."""

    def ask(self, sleep, *answers, **settings):
        with ScriptedServer(*answers) as server, at(server.url, **settings):
            try:
                return score([PROBLEM], [RIGHT])
            finally:
                self.asked = server.asked
                self.waits = [call.args[0] for call in sleep.call_args_list]

    def test_busy_servers_are_asked_again_as_late_as_they_say(self, sleep):
        date = formatdate(assay_client.time.time() + 30, usegmt=True)
        [result] = self.ask(
            sleep, (429, {"retry-after": 7}, BUSY), (503, {"retry-after": date}, BUSY), (503, {}, BUSY), GOOD
        )
        self.assertEqual(result["score"], -0.5)
        self.assertEqual(len(self.asked), 4)
        self.assertTrue(
            7 <= self.waits[0] <= 7.5 and 25 < self.waits[1] <= 30.5 and 2 <= self.waits[2] <= 2.5, self.waits
        )

    def test_pauses_are_jittered_and_the_trainer_s_seeds_are_left_alone(self, sleep):
        random.seed(1)
        expected = random.Random(1).random()
        self.ask(sleep, (503, {}, BUSY), (503, {}, BUSY), GOOD)
        self.assertEqual(random.random(), expected)
        self.assertNotEqual(self.waits[0] - 0.5, self.waits[1] - 1)

    def test_connections_that_are_cut_and_answers_that_are_none_are_tried_again(self, sleep):
        cut = (200, {"content-length": 500}, {"results": [scored(-1.0)]})
        nan = (200, {}, b'{"results": [{"id": "0", "score": NaN, "p_correct": 0.5}]}')
        huge = (200, {}, b'{"results": [{"id": "0", "score": -1e999, "p_correct": 0.5}]}')
        self.assertEqual(
            self.ask(sleep, None, (200, {}, b"<html>"), nan, huge, (200, {}, b"[" * 200_000), GOOD), [scored(-0.5)]
        )
        self.assertEqual(self.ask(sleep, cut[:2] + (b'{"results": [{"id": "0", "sco',), GOOD), [scored(-0.5)])

    def test_a_server_that_stays_broken_is_an_error_and_not_a_number(self, sleep):
        for answer, why in [
            ((503, {}, BUSY), "503 the queue is full"),
            (None, "RemoteDisconnected"),
            ((200, {}, b""), "not JSON"),
        ]:
            with self.assertRaisesRegex(AssayError, why):
                self.ask(sleep, *[answer] * assay_client.TRIES)
            self.assertEqual(len(self.asked), assay_client.TRIES)
        with ScriptedServer() as gone:
            pass
        with at(gone.url), self.assertRaisesRegex(AssayError, "ConnectionRefused"):
            score([PROBLEM], [RIGHT])

    def test_results_that_are_none_are_errors(self, sleep):
        row = scored(-0.5)
        for content in [
            {},
            [],
            None,
            3.5,
            {"results": []},
            {"results": [row, row]},
            {"results": [None]},
            {"results": [{**row, "score": None}]},
            {"results": [{**row, "score": "0"}]},
            {"results": [{**row, "rewards": [None]}]},
            {"results": [{**row, "rewards": [-0.25, -0.25]}]},
        ]:
            with self.subTest(content), self.assertRaises(AssayError):
                self.ask(sleep, (200, {}, content))
        sleep.assert_not_called()

    def test_who_would_wait_beyond_the_deadline_does_not_wait(self, sleep):
        with self.assertRaisesRegex(AssayError, "429"):
            self.ask(sleep, (429, {"retry-after": 3600}, BUSY))
        sleep.assert_not_called()
        self.assertTrue(100_000 < int(self.asked[0][1]["x-deadline-ms"]) <= 120_000)
        self.ask(sleep, GOOD, ASSAY_DEADLINE="2.5")
        self.assertTrue(1 <= int(self.asked[0][1]["x-deadline-ms"]) <= 2500)

    def test_a_server_that_never_answers_is_left_at_the_deadline(self, sleep):
        listener = assay_client.http.client.socket.create_server(("127.0.0.1", 0))
        with listener, at(f"http://127.0.0.1:{listener.getsockname()[1]}", ASSAY_DEADLINE="0.2"):
            with self.assertRaisesRegex(AssayError, "TimeoutError"):
                score([PROBLEM], [RIGHT])

    def test_no_redirect_is_followed_and_no_proxy_asked(self, sleep):
        with ScriptedServer(GOOD) as elsewhere:
            moved = (307, {"location": f"{elsewhere.url}/v1/score"}, {})
            with self.assertRaisesRegex(AssayError, "307"):
                self.ask(sleep, moved, ASSAY_TOKEN="s3cret")
            self.ask(sleep, GOOD, http_proxy=elsewhere.url, HTTP_PROXY=elsewhere.url)
            self.assertEqual(elsewhere.asked, [])


class Tokens(unittest.TestCase):
    def setUp(self):
        self.tokenizer = ByteTokenizer()

    def places(self, text, ids=None, tokens=None):
        """(token, reward) for each token with one; the steps of the text are rewarded -1, -2, -4, …"""
        if tokens is not None:
            ids = [self.tokenizer.id(token) for token in tokens]
        elif ids is None:
            ids = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["input_ids"]
        spans, at = [], 0
        for line in text.removesuffix("<|im_end|>").split("\n"):
            if line.strip():
                spans.append([at, at + len(line.rstrip())])
            at += len(line) + 1
        result = {"score": 1 - 2 ** len(spans), "spans": spans, "rewards": [-(2**t) for t in range(len(spans))]}
        rewards = token_rewards(result, self.tokenizer, ids, text)
        self.assertEqual((len(rewards), sum(rewards)), (len(ids), result["score"]))
        return [(self.tokenizer.tokens[id], reward) for id, reward in zip(ids, rewards) if reward]

    def test_the_reward_of_a_step_is_on_the_token_of_its_last_character(self):
        self.assertEqual(self.places("so two\nthen four"), [(b" two", -1), (b" four", -2)])

    def test_a_token_that_straddles_two_steps_is_the_end_of_the_first(self):
        self.assertEqual(self.places("two.\n\nfour:\nsix"), [(b".\n\n", -1), (b":\n", -2), (b"six", -4)])
        self.assertEqual(self.places("two\nfour", tokens=[b"t", b"wo\nfo", b"ur"]), [(b"wo\nfo", -1), (b"ur", -2)])
        self.assertEqual(self.places("a\nb\nc", tokens=[b"a\nb\n", b"c"]), [(b"a\nb\n", -3), (b"c", -4)])

    def test_of_tokens_that_share_a_character_the_last_completes_it(self):
        for text in ("a 😀\nb é", "a 😀\nb é<|im_end|>"):
            self.assertEqual(self.places(text), [(b"\x80", -1), (b"\xa9", -2)])

    def test_tokens_that_the_tokenizer_itself_would_not_have_chosen(self):
        tokens = [b"s", b"o t", b"w", b"o", b" \xf0\x9f", b"\x98", b"\x80\n", b"6"]
        self.assertEqual(self.places("so two 😀\n6", tokens=tokens), [(b"\x80\n", -1), (b"6", -2)])

    def test_special_tokens_at_the_end_are_no_text_or_a_part_of_it(self):
        [four, end] = self.tokenizer.id(b"4"), ByteTokenizer.END
        self.assertEqual(self.places("4", ids=[four, end, end]), [(b"4", -1)])
        self.assertEqual(self.places("4<|im_end|>", ids=[four, end]), [(b"4", -1)])
        self.assertEqual(self.places("4 \n", tokens=[b"4", b" \n", b"<|im_end|>"]), [(b"4", -1)])

    def test_special_tokens_in_the_middle_are_no_text(self):
        tokens = [b"a", b"<|im_end|>", b"\n", b"b", b"<|im_end|>"]
        self.assertEqual(self.places("a\nb", tokens=tokens), [(b"a", -1), (b"b", -2)])

    def test_a_completion_that_was_cut_ends_on_its_last_token(self):
        self.assertEqual(self.places("one\ntw", tokens=[b"one", b"\n", b"tw"]), [(b"one", -1), (b"tw", -2)])
        # in the middle of a character: what came of it is one U+FFFD
        for tokens in ([b"a\n", b"b", b"\xf0", b"\x9f"], [b"a\n", b"b", b"\xf0", b"\x9f", b"<|im_end|>"]):
            self.assertEqual(self.places("a\nb\ufffd", tokens=tokens), [(b"a\n", -1), (b"\x9f", -2)])

    def test_tokens_of_another_text_are_an_error(self):
        with self.assertRaisesRegex(AssayError, "do not decode"):
            self.places("one\ntwo", tokens=[b"one", b"\n", b"three"])
        with self.assertRaisesRegex(AssayError, "do not decode"):
            self.places("one", tokens=[])
        for spans in ([[0, 9]], [[0, 3], [0, 1]], [[0, 0]]):
            result = {"score": -1, "spans": spans, "rewards": [-1.0] * len(spans)}
            with self.assertRaisesRegex(AssayError, "not of this text"):
                token_rewards(result, self.tokenizer, [self.tokenizer.id(b"one")], "one")

    def test_rewards_without_steps_are_an_error(self):
        with self.assertRaisesRegex(AssayError, "no step rewards"):
            token_rewards({"score": 0.3, "p_correct": 0.5, "read_outs": [0.3]}, self.tokenizer, [1], "a")
        with self.assertRaisesRegex(AssayError, "nothing in it"):
            token_rewards({"error": {"type": "no_steps", "message": "nothing in it"}}, self.tokenizer, [], "")

    def test_any_text_cut_into_any_tokens(self):
        """Of steps as the server finds them: the reward is on the first token with which the step is all there."""
        choose = random.Random(7)
        texts, cuts = [], []
        for length in range(64):
            text = "".join(choose.choices(["a", " ", "\n", "😀", "é", "4", "-", "\u00a0", "ё\n\n"], k=length // 2))
            content, tokens = text.encode(), []
            while content:
                length = choose.randrange(1, 5)
                tokens.append(content[:length])
                content = content[length:]
            texts.append(text)
            cuts.append([*(self.tokenizer.id(token) for token in tokens), *[ByteTokenizer.END] * choose.randrange(2)])
        with at(serve()):
            results = score([PROBLEM] * len(texts), texts)
        for text, ids, result in zip(texts, cuts, results):
            if "error" in result:
                self.assertEqual((result["error"]["type"], text.strip()), ("no_steps", ""))
                continue
            expected = [0.0] * len(ids)
            for (_, end), reward in zip(result["spans"], result["rewards"]):
                whole = (i for i in range(len(ids)) if self.tokenizer.decode(ids[: i + 1]).startswith(text[:end]))
                expected[next(whole)] += reward
            self.assertEqual(token_rewards(result, self.tokenizer, ids, text), expected)


class Advantages(unittest.TestCase):
    def test_leave_one_out_by_token(self):
        # the same as src/rl/advantages.test.ts
        group = [[1, 2], [4], [0, 0, 3]]
        self.assertEqual(leave_one_out(group), [[3 - 3.5, 2 - 3.5], [4 - 2.75], [3 - 3.25, 3 - 3.25, 3 - 3.25]])

    def test_who_has_no_score_is_in_no_baseline(self):
        self.assertEqual(leave_one_out([[1, 2], None, [4]]), [[-1, -2], None, [1.5]])
        self.assertEqual(leave_one_out([None, [1, 2]]), [None, [0, 0]])
        self.assertEqual(leave_one_out([None, None]), [None, None])


if __name__ == "__main__":
    unittest.main()
