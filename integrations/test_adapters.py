"""The adapters against a real `assay serve`, called as the trainers' documentation says that they call them. Where a
trainer is installed, test_real_*.py run its own code."""

import asyncio
import importlib.util
import inspect
import math
import os
import shutil
import subprocess
import sys
import tempfile
import types
import unittest
from pathlib import Path
from unittest import mock

import slime_rm
import trl_reward
import verl_reward
from assay_client import AssayError, leave_one_out, post, score
from serve_fixture import PROBLEM, RIGHT, ROOT, WRONG, ScriptedServer, serve

BROKEN = [(503, {}, {"error": {"message": "the scorer failed"}})] * 9


class Adapter(unittest.TestCase):
    def setUp(self):
        settings = mock.patch.dict(os.environ, {"ASSAY_URL": serve()})
        settings.start()
        self.addCleanup(settings.stop)
        self.wrong, self.right = score([PROBLEM] * 2, [WRONG, RIGHT])

    def assert_fails(self, ask, why="the scorer failed"):
        with ScriptedServer(*BROKEN) as server, mock.patch.dict(os.environ, {"ASSAY_URL": server.url}):
            with mock.patch("time.sleep"), self.assertRaisesRegex(AssayError, why):
                ask()


class Trl(Adapter):
    def rewards(self, function=trl_reward.crm_reward, **columns):
        """TRL calls with keywords: prompts, completions, completion_ids, each further column of the dataset, its own
        helpers."""
        given = {
            "prompts": [PROBLEM] * 3,
            "completions": [WRONG, "", RIGHT],
            "completion_ids": [[1]] * 3,
            "answer": ["3"] * 3,
            "trainer_state": None,
            "log_extra": print,
            "log_metric": print,
        }
        answer = function(**{**given, **columns})
        return asyncio.run(answer) if inspect.iscoroutine(answer) else answer

    def assert_rewards(self, rewards, field="score"):
        self.assertAlmostEqual(rewards[0], self.wrong[field], places=4)
        self.assertIsNone(rewards[1])
        self.assertAlmostEqual(rewards[2], self.right[field], places=4)

    def test_one_reward_a_completion_and_none_for_what_cannot_be_scored(self):
        self.assert_rewards(self.rewards())
        self.assert_rewards(self.rewards(trl_reward.crm_reward_async))
        with mock.patch.dict(os.environ, {"ASSAY_REWARD": "p_correct"}):
            self.assert_rewards(self.rewards(), "p_correct")

    def test_conversations(self):
        prompts = [[{"role": "system", "content": "Reason."}, {"role": "user", "content": PROBLEM}]] * 3
        completions = [[{"role": "assistant", "content": text}] for text in (WRONG, "", RIGHT)]
        self.assert_rewards(self.rewards(prompts=prompts, completions=completions))

    def test_a_prompt_that_a_chat_template_has_made(self):
        self.assert_rewards(self.rewards(prompts=[OpenRlhf.PROMPT] * 3))

    def test_a_column_with_the_problem_stands_for_the_prompt(self):
        prompts = [f"Solve this step by step, one line each:\n{PROBLEM}"] * 3
        self.assert_rewards(self.rewards(prompts=prompts, problem=[PROBLEM] * 3))

    def test_a_trl_that_counts_none_as_zero_is_refused(self):
        for version, refused in [
            ("0.29.1", True),
            ("1.5.1", True),
            ("1.6.0", False),
            ("1.16.0.dev0", False),
            ("2.0", False),
        ]:
            with self.subTest(version), mock.patch("importlib.metadata.version", return_value=version):
                self.assertEqual(len(self.rewards(completions=[RIGHT] * 3)), 3)
                if not refused:
                    self.assert_rewards(self.rewards())
                    continue
                with self.assertRaisesRegex(AssayError, "counts None as 0"):
                    self.rewards()

    def test_a_server_that_fails_is_an_error(self):
        self.assert_fails(self.rewards)
        self.assert_fails(lambda: self.rewards(trl_reward.crm_reward_async))


class Verl(Adapter):
    def compute(self, solution=RIGHT, extra_info={"question": PROBLEM, "index": 7}, **kwargs):
        return verl_reward.compute_score(
            data_source="gsm8k", solution_str=solution, ground_truth="3", extra_info=extra_info, **kwargs
        )

    def test_a_score_with_numbers_for_the_log(self):
        expected = {
            "score": self.right["score"],
            "p_correct": self.right["p_correct"],
            "log_p_correct": self.right["score"],
        }
        answer = self.compute(reward_router_address="127.0.0.1:1", reward_model_tokenizer=None)
        self.assertEqual(answer.keys(), expected.keys())
        for name, value in expected.items():
            self.assertAlmostEqual(answer[name], value, places=4)
        with mock.patch.dict(os.environ, {"ASSAY_REWARD": "p_correct"}):
            self.assertAlmostEqual(self.compute()["score"], self.right["p_correct"], places=4)

    def test_no_score_is_an_error(self):
        with self.assertRaisesRegex(AssayError, "no score: there is no text"):
            self.compute(" \n<|im_end|>")
        for extra_info in (None, {}, {"index": 7}, {"question": ""}):
            with self.assertRaisesRegex(AssayError, "question"):
                self.compute(extra_info=extra_info)
        self.assert_fails(self.compute)


class OpenRlhf(Adapter):
    """`torch` is a stand-in here, of which `tensor` gives a list."""

    PROMPT = f"<|im_start|>user\n{PROBLEM}<|im_end|>\n<|im_start|>assistant\n"

    def setUp(self):
        super().setUp()
        torch = mock.patch.dict(sys.modules, {"torch": types.SimpleNamespace(tensor=list)})
        torch.start()
        self.addCleanup(torch.stop)
        # as OpenRLHF loads it
        spec = importlib.util.spec_from_file_location("reward_func", ROOT / "integrations/openrlhf_reward.py")
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)

    def ask(self, *responses):
        queries = [f"{self.PROMPT}{response}<|im_end|>" for response in responses]
        return self.module.reward_func(queries, [self.PROMPT] * len(queries), ["3"] * len(queries))

    def test_rewards_scores_and_numbers_for_the_log(self):
        answer = self.ask(WRONG, RIGHT)
        for i, result in enumerate([self.wrong, self.right]):
            self.assertAlmostEqual(answer["rewards"][i], result["score"], places=4)
            self.assertAlmostEqual(answer["scores"][i], result["p_correct"], places=4)
        self.assertEqual(answer["extra_logs"]["steps"], [4, 4])
        with mock.patch.dict(os.environ, {"ASSAY_REWARD": "p_correct"}):
            self.assertAlmostEqual(self.ask(RIGHT)["rewards"][0], self.right["p_correct"], places=4)
        with mock.patch.dict(os.environ, {"ASSAY_REWARD": "hazard"}), self.assertRaisesRegex(AssayError, "422"):
            self.ask(RIGHT)

    def test_no_score_is_an_error(self):
        with self.assertRaisesRegex(AssayError, "422 query.0.: there is no text"):
            self.ask("")
        with self.assertRaisesRegex(AssayError, "does not begin with its prompt"):
            self.module.reward_func([RIGHT], [self.PROMPT], ["3"])
        self.assert_fails(lambda: self.ask(RIGHT))
        short = {"rewards": [-1.0], "scores": [0.5], "extra_logs": {}}
        with ScriptedServer((200, {}, short)) as server, mock.patch.dict(os.environ, {"ASSAY_URL": server.url}):
            with self.assertRaisesRegex(AssayError, "2 rewards"):
                self.ask(WRONG, RIGHT)


def sample(response=RIGHT, prompt=PROBLEM, group=0, **fields):
    """The fields of slime's Sample that its documentation and ours name."""
    given = dict(
        prompt=prompt, response=response, tokens=[9, 9, 1, 2, 3], response_length=3, label="3", group_index=group
    )
    given |= dict(reward=None, loss_mask=None, remove_sample=False, metadata={"level": 2})
    return types.SimpleNamespace(**given | fields)


def slime_args(**options):
    given = dict(custom_rm_path="slime_rm.custom_rm", custom_reward_post_process_path=None, rewards_normalization=True)
    given |= dict(grpo_std_normalization=True, advantage_estimator="grpo", custom_advantage_function_path=None)
    return types.SimpleNamespace(**given | options)


MASKING = {"custom_reward_post_process_path": "slime_rm.post_process_rewards"}


class Slime(Adapter):
    """Stand-ins of slime (its public sources as of 2026; it is in no package registry): async_rm awaits the function
    of --custom-rm-path with one sample, or with a group under --group-rm, and keeps the answer as sample.reward; the
    function of --custom-reward-post-process-path takes all samples of a rollout to (rewards for the log, rewards to
    train on)."""

    def reward(self, args, *samples):
        for each in samples:
            each.reward = asyncio.run(slime_rm.custom_rm(args, each))
        return [each.reward for each in samples]

    def test_one_sample_or_a_group(self):
        args = slime_args()
        alone = self.reward(args, sample(WRONG), sample(RIGHT))
        group = asyncio.run(slime_rm.custom_rm(args, [sample(WRONG), sample(RIGHT)], evaluation=False))
        for rewards in (alone, group):
            self.assertAlmostEqual(rewards[0], self.wrong["score"], places=4)
            self.assertAlmostEqual(rewards[1], self.right["score"], places=4)

    def test_the_problem_in_a_templated_prompt_is_the_one_that_the_server_s_own_door_finds(self):
        template = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
        prompts = [
            PROBLEM,
            f"  {PROBLEM}\n",
            [{"role": "user", "content": PROBLEM}],
            "<|im_start|>system\nBe brief.<|im_end|>\n" + template.format(PROBLEM),
            template.format("Hello") + "Hi<|im_end|>\n" + template.format(PROBLEM),
            "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user"
            f"<|end_header_id|>\n\n{PROBLEM}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            f"<bos><start_of_turn>user\n{PROBLEM}<end_of_turn>\n<start_of_turn>model\n",
            f"<｜begin▁of▁sentence｜>Be brief.<｜User｜>{PROBLEM}<｜Assistant｜>",
            f"<|system|>\nBe brief.</s>\n<|user|>\n{PROBLEM}</s>\n<|assistant|>\n",
            f"<|user|>\n{PROBLEM}<|end|>\n<|assistant|>\n",
            f"<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n{PROBLEM} [/INST]",
            f"<s>[INST] {PROBLEM} [/INST]",
            f"<|problem|>{PROBLEM}<|solution|>",
            f"User: {PROBLEM}\nAssistant: ",
        ]
        for prompt in prompts:
            with self.subTest(prompt):
                [reward] = self.reward(slime_args(), sample(prompt=prompt))
                self.assertEqual(reward, post("/slime", {"prompt": prompt, "response": RIGHT, "label": "3"}))
                self.assertAlmostEqual(reward, self.right["score"], places=4)

    def test_without_the_hook_that_masks_it_no_score_is_an_error(self):
        with self.assertRaisesRegex(AssayError, "no text to score; slime_rm.post_process_rewards would mask it"):
            self.reward(slime_args(), sample(" "))
        self.assert_fails(lambda: self.reward(slime_args(**MASKING), sample()))

    def test_a_masked_sample_has_no_part_in_the_loss_nor_in_its_group(self):
        args = slime_args(**MASKING)
        samples = [sample(WRONG), sample(" "), sample(RIGHT), sample(RIGHT, group=1), sample("", group=1)]
        with self.assertLogs("slime_rm", "WARNING") as log:
            rewards = self.reward(args, *samples)
        self.assertEqual(len(log.output), 2)
        self.assertEqual([math.isnan(reward) for reward in rewards], [False, True, False, False, True])
        self.assertEqual([each.remove_sample for each in samples], [False, True, False, False, True])
        self.assertEqual([each.loss_mask for each in samples], [None, [0, 0, 0], None, None, [0, 0, 0]])
        logged, trained = slime_rm.post_process_rewards(args, samples)
        scored = [reward for reward in rewards if not math.isnan(reward)]
        self.assertAlmostEqual(sum(logged) / 5, sum(scored) / 3)
        for value, expected in zip(trained, [-(0.5**0.5), 0, 0.5**0.5, 0, 0]):
            self.assertAlmostEqual(value, expected, places=3)

    def test_rewards_are_normalised_as_slime_s_options_say(self):
        samples = [sample(reward=reward) for reward in (1.0, 2.0, 6.0)]

        def rewards(**options):
            return slime_rm.post_process_rewards(slime_args(**options), samples)[1]

        for value, expected in zip(rewards(), [-2 / 7**0.5, -1 / 7**0.5, 3 / 7**0.5]):
            self.assertAlmostEqual(value, expected, places=5)
        self.assertEqual(rewards(grpo_std_normalization=False), [-2, -1, 3])
        self.assertEqual(rewards(advantage_estimator="reinforce_plus_plus_baseline"), [-2, -1, 3])
        self.assertEqual(rewards(rewards_normalization=False), [1, 2, 6])
        self.assertEqual(rewards(advantage_estimator="ppo"), [1, 2, 6])

    def test_a_rollout_without_any_score_is_an_error(self):
        with self.assertRaisesRegex(AssayError, "no sample"):
            slime_rm.post_process_rewards(slime_args(), [sample(reward=math.nan)])


STEPS = {**MASKING, "custom_advantage_function_path": "slime_rm.step_advantages"}
CHECKPOINT = str(ROOT / "src/transformer/fixtures/qwen2-tied-bf16")


@unittest.skipUnless(
    importlib.util.find_spec("torch") and importlib.util.find_spec("transformers"), "torch or transformers is missing"
)
class SlimeSteps(Adapter):
    """As Slime: what --custom-reward-post-process-path gives for a sample goes to the trainer as it is, is logged as
    torch.cat(rewards).mean(), and comes to the function of --custom-advantage-function-path as rollout_data["rewards"],
    beside rollout_data["kl"], a tensor a sample, of one number a token of the response."""

    def sample(self, response, **fields):
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
        ids = tokenizer(response)["input_ids"] + [tokenizer.eos_token_id]
        # slime's engine leaves the mark of the end in the text unless it is told to skip it
        text = response + fields.pop("end", "<|im_end|>")
        return sample(text, tokens=[7, 8, 9, *ids], response_length=len(ids), **fields)

    def trained(self, samples, **options):
        import torch

        args = slime_args(**STEPS, hf_checkpoint=CHECKPOINT, kl_coef=0, **options)
        for each in samples:
            each.reward = asyncio.run(slime_rm.custom_rm(args, each))
        logged, rewards = slime_rm.post_process_rewards(args, samples)
        self.assertTrue(torch.cat(rewards).mean().isfinite() and all(map(math.isfinite, logged)))
        data = {"rewards": rewards, "kl": [torch.zeros(each.response_length) for each in samples]}
        slime_rm.step_advantages(args, data)
        return data

    def test_the_advantage_of_a_token_is_what_is_ahead_less_what_the_others_have(self):
        samples = [
            self.sample(WRONG),
            self.sample(RIGHT),
            self.sample(RIGHT, group=1),
            self.sample(RIGHT, group=1, end=""),
        ]
        data = self.trained(samples)
        expected = []
        for group in (samples[:2], samples[2:]):
            expected += leave_one_out([each.metadata["token_rewards"] for each in group])
        self.assertEqual(data["advantages"][0].shape, (samples[0].response_length,))
        for got, returns, wanted in zip(data["advantages"], data["returns"], expected):
            self.assertEqual([got.tolist(), returns.tolist()], [got.tolist()] * 2)
            for value, other in zip(got.tolist(), wanted, strict=True):
                self.assertAlmostEqual(value, other, places=5)
        for each in samples:
            self.assertAlmostEqual(sum(each.metadata["token_rewards"]), each.reward, places=4)
            self.assertEqual((each.metadata["level"], each.remove_sample), (2, False))

    def test_what_has_no_score_or_no_place_for_it_is_masked(self):
        lost = self.sample(RIGHT)
        lost.response = lost.response.replace("Answer", "answer")
        samples = [self.sample(WRONG), self.sample(""), lost, self.sample(RIGHT)]
        with self.assertLogs("slime_rm", "WARNING") as log:
            data = self.trained(samples)
        self.assertRegex("\n".join(log.output), "(?s)no text to score.*do not decode")
        for i in (1, 2):
            self.assertEqual(data["advantages"][i].tolist(), [0.0] * samples[i].response_length)
            self.assertEqual((samples[i].remove_sample, sum(samples[i].loss_mask)), (True, 0))
        expected = leave_one_out([samples[i].metadata["token_rewards"] for i in (0, 3)])
        for value, other in zip(data["advantages"][0].tolist(), expected[0], strict=True):
            self.assertAlmostEqual(value, other, places=5)

    def test_what_would_be_counted_wrongly_is_an_error(self):
        import torch

        halves = {"rewards": [torch.zeros(4)], "kl": [torch.zeros(2)]}
        with self.assertRaisesRegex(AssayError, "context parallelism"):
            slime_rm.step_advantages(slime_args(kl_coef=0), halves)
        with self.assertRaisesRegex(AssayError, "--kl-coef 0"):
            slime_rm.step_advantages(slime_args(kl_coef=0.1), {"rewards": [torch.zeros(2)], "kl": [torch.zeros(2)]})


class Copies(unittest.TestCase):
    def test_a_copied_folder_is_enough(self):
        """Trainers load files by their path, from wherever they run, with nothing else on the path."""
        load = "import sys, runpy; print(sorted(runpy.run_path(sys.argv[1]))[-1])"
        with tempfile.TemporaryDirectory() as folder:
            for name in ("assay_client", "openrlhf_reward", "verl_reward"):
                shutil.copy(ROOT / f"integrations/{name}.py", folder)
            for name, last in [("openrlhf_reward", "sys"), ("verl_reward", "sys")]:
                command = [sys.executable, "-I", "-c", load, str(Path(folder, f"{name}.py"))]
                ran = subprocess.run(command, cwd="/", capture_output=True, text=True)
                self.assertEqual((ran.stdout, ran.stderr), (f"{last}\n", ""))


if __name__ == "__main__":
    unittest.main()
