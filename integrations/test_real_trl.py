"""TRL's own trainer on the CPU, with random weights, against a real `assay serve`: pip install trl (tested with
1.16.0)."""

import functools
import os
import re
import tempfile
import unittest
from unittest import mock

from serve_fixture import PROBLEM, RIGHT, ROOT, WRONG, serve

try:
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging
    from trl import GRPOConfig, GRPOTrainer

    from trl_steps import StepRewardTrainer
except ImportError as missing:
    raise unittest.SkipTest(f"TRL is not installed: {missing}")

import trl_reward
from assay_client import AssayError, leave_one_out, score, token_rewards

logging.set_verbosity_error()
logging.disable_progress_bar()

CHECKPOINT = ROOT / "src/transformer/fixtures/qwen2-tied-bf16"
TEXTS = [WRONG, " ", RIGHT, f"{RIGHT}\nso"]


class Grpo(unittest.TestCase):
    def setUp(self):
        settings = mock.patch.dict(os.environ, {"ASSAY_URL": serve(), "ACCELERATE_USE_CPU": "true"})
        settings.start()
        self.addCleanup(settings.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT, padding_side="left")

    def trainer(self, make, prompt, **options):
        """Completions are those of TEXTS: the model would write noise."""
        columns = {"prompt": [prompt] * 4, "answer": ["3"] * 4}
        given = dict(
            output_dir=self.folder, max_steps=1, num_generations=4, per_device_train_batch_size=4, use_cpu=True
        )
        given |= dict(
            report_to="none",
            disable_tqdm=True,
            bf16=False,
            max_completion_length=128,
            learning_rate=1e-3,
            logging_steps=1,
        )
        trainer = make(
            model=AutoModelForCausalLM.from_pretrained(CHECKPOINT, dtype=torch.float32),
            args=GRPOConfig(**given | options.pop("config", {})),
            train_dataset=Dataset.from_dict(columns),
            processing_class=self.tokenizer,
            **options,
        )
        ids = [self.tokenizer(text)["input_ids"] + [self.tokenizer.eos_token_id] for text in TEXTS]
        trainer._generate_single_turn = lambda *_, **__: (ids, None)
        self.ids, self.seen = ids, []
        compute = trainer._compute_loss

        def look(model, inputs):
            self.seen.append({name: value for name, value in inputs.items() if isinstance(value, torch.Tensor)})
            return compute(model, inputs)

        trainer._compute_loss = look
        return trainer

    def train(self, trainer):
        before = {name: weight.clone() for name, weight in trainer.model.named_parameters()}
        trainer.train()
        changed = [name for name, weight in trainer.model.named_parameters() if not torch.equal(weight, before[name])]
        self.assertTrue(changed)
        self.assertTrue(all(weight.isfinite().all() for weight in trainer.model.parameters()))
        [row] = [row for row in trainer.state.log_history if "reward" in row]
        return row

    def rows(self):
        """What the loss was given, by completion: TRL shuffles them."""
        [inputs] = self.seen
        rows = {}
        for ids, mask, advantage in zip(inputs["completion_ids"], inputs["completion_mask"], inputs["advantages"]):
            rows[tuple(ids[mask.bool()].tolist())] = advantage
        return [rows[tuple(each)] for each in self.ids]

    def test_rewards_become_advantages_and_none_has_no_part_in_them(self):
        results = score([PROBLEM] * 4, TEXTS)
        rewards = torch.tensor([torch.nan if "error" in result else result["score"] for result in results])
        scored = rewards[~rewards.isnan()]
        expected = ((rewards - scored.mean()) / (scored.std() + 1e-4)).nan_to_num(0.0)
        for function in (trl_reward.crm_reward, trl_reward.crm_reward_async):
            for prompt in (PROBLEM, [{"role": "user", "content": PROBLEM}]):
                with self.subTest(function.__name__, prompt=prompt):
                    row = self.train(self.trainer(GRPOTrainer, prompt, reward_funcs=function))
                    self.assertAlmostEqual(row["reward"], scored.mean().item(), places=3)
                    torch.testing.assert_close(torch.stack(self.rows()), expected, atol=1e-3, rtol=1e-3)

    def test_beside_other_reward_functions_none_is_the_mean_where_each_is_normalised_first(self):
        def format(completions, **columns):
            return [1.0, 0.0, 1.0, 0.0]

        results = score([PROBLEM] * 4, TEXTS)
        config = {"multi_objective_aggregation": "normalize_then_sum"}
        trainer = self.trainer(GRPOTrainer, PROBLEM, reward_funcs=[trl_reward.crm_reward, format], config=config)
        self.train(trainer)
        rewards = torch.tensor([torch.nan if "error" in result else result["score"] for result in results])
        scored = rewards[~rewards.isnan()]
        crm = ((rewards - scored.mean()) / (scored.std() + 1e-4)).nan_to_num(0.0)
        total = crm + torch.tensor([1.0, -1.0, 1.0, -1.0]) * 3**0.5 / 2
        expected = (total - total.mean()) / (total.std() + 1e-4)
        torch.testing.assert_close(torch.stack(self.rows()), expected, atol=1e-2, rtol=1e-2)

    def test_the_model_s_own_samples(self):
        """Noise: whatever it writes is scored or masked, and the step is taken."""
        trainer = self.trainer(GRPOTrainer, [{"role": "user", "content": PROBLEM}], reward_funcs=trl_reward.crm_reward)
        del trainer._generate_single_turn
        self.train(trainer)

    def assert_steps(self, outcome):
        results = score([PROBLEM] * 4, TEXTS)
        rewards = [
            None if "error" in result else token_rewards(result, self.tokenizer, ids, text)
            for result, ids, text in zip(results, self.ids, TEXTS)
        ]
        for i, (row, expected) in enumerate(zip(self.rows(), leave_one_out(rewards))):
            length = len(self.ids[i])
            expected = torch.tensor(expected or [0.0] * length) + outcome[i]
            torch.testing.assert_close(row[:length], expected, atol=1e-3, rtol=1e-3)

    def test_step_rewards_stand_on_the_trainer_s_own_tokens(self):
        row = self.train(self.trainer(StepRewardTrainer, [{"role": "user", "content": PROBLEM}]))
        self.assert_steps([0.0] * 4)
        self.assertIn("rewards/crm_steps/mean", row)
        # the line of the first error has most of the loss: its tokens and those before it
        wrong = self.rows()[0]
        self.assertLess(wrong[0], wrong[len(self.ids[0]) - 2])

    def test_other_reward_functions_count_as_ever(self):
        def checked(completions, answer, **columns):
            return [float(f"Answer: {right}" in text) for text, right in zip(completions, answer)]

        config = {"reward_weights": [2.0], "scale_rewards": "none"}
        trainer = self.trainer(StepRewardTrainer, PROBLEM, reward_funcs=checked, config=config)
        self.assertEqual(self.train(trainer)["reward"], 1.0)
        self.assert_steps([-1.0, -1.0, 1.0, 1.0])

    def test_tokens_as_the_policy_sampled_them_and_not_as_the_tokenizer_would_cut_them(self):
        trainer = self.trainer(StepRewardTrainer, PROBLEM)
        for ids, text in zip(self.ids, TEXTS):
            ids[:] = [token for character in text for token in self.tokenizer(character)["input_ids"]] + ids[-1:]
        self.train(trainer)
        self.assert_steps([0.0] * 4)

    def test_the_script_of_the_readme_runs(self):
        """With a model and data that are here."""
        _, script, _ = re.split(
            r"```python\n(.*?)```", (ROOT / "integrations/README.md").read_text(), maxsplit=1, flags=re.S
        )
        self.assertEqual(len(script.replace("\n\n", "\n").splitlines()), 10)
        self.assertIn(script, (ROOT / "docs/serve.md").read_text())
        here = {"Qwen/Qwen2.5-0.5B-Instruct": str(CHECKPOINT), "grpo-crm": self.folder}
        for name, path in here.items():
            self.assertIn(name, script)
            script = script.replace(name, path)
        options = dict(max_steps=1, num_generations=4, per_device_train_batch_size=4, use_cpu=True, bf16=False)
        config = functools.partial(GRPOConfig, **options, max_completion_length=32, report_to="none", disable_tqdm=True)
        data = Dataset.from_dict({"prompt": [[{"role": "user", "content": PROBLEM}]] * 4, "solution": ["3"] * 4})
        with mock.patch("trl.GRPOConfig", config), mock.patch("datasets.load_dataset", return_value=data):
            ran = {}
            exec(script, ran)
        self.assertEqual(ran["trainer"].state.global_step, 1)

    def test_a_server_that_fails_ends_the_run(self):
        trainer = self.trainer(GRPOTrainer, PROBLEM, reward_funcs=trl_reward.crm_reward)
        nobody = {"ASSAY_URL": "http://127.0.0.1:9", "ASSAY_DEADLINE": "0.1"}
        with mock.patch.dict(os.environ, nobody), self.assertRaisesRegex(AssayError, "127.0.0.1:9"):
            trainer.train()


if __name__ == "__main__":
    unittest.main()
