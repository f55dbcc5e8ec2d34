"""verl's own reward loop, and its agent loop with an engine that writes what it is told, against a real `assay serve`:
pip install verl TransferQueue (tested with 0.9.1 and 0.1.11; vLLM need not be there)."""

import asyncio
import math
import os
import tempfile
import types
import unittest
from pathlib import Path
from unittest import mock

from serve_fixture import PROBLEM, RIGHT, ROOT, WRONG, serve

try:
    import numpy as np
    import torch
    import transfer_queue
    import verl
    from hydra import compose, initialize_config_dir
    from tensordict import TensorDict
    from verl import DataProto
    from verl.experimental.reward_loop.reward_loop import RewardLoopWorker
    from verl.trainer.ppo.core_algos import get_adv_estimator_fn
    from verl.trainer.ppo.v1.agent_loop_tq import AgentLoopWorkerTQ
    from verl.workers.rollout.replica import TokenOutput
except ImportError as missing:
    raise unittest.SkipTest(f"verl is not installed: {missing}")

from assay_client import score, token_rewards

CHECKPOINT = ROOT / "src/transformer/fixtures/qwen2-tied-bf16"
CHAT = [{"role": "system", "content": "Reason."}, {"role": "user", "content": PROBLEM}]


def configured(*overrides):
    """verl's own configuration."""
    with initialize_config_dir(str(Path(verl.__file__).parent / "trainer/config"), version_base=None):
        return compose("ppo_trainer", [f"actor_rollout_ref.model.path={CHECKPOINT}", *overrides])


class Verl(unittest.TestCase):
    def setUp(self):
        settings = mock.patch.dict(os.environ, {"ASSAY_URL": serve()})
        settings.start()
        self.addCleanup(settings.stop)
        self.results = score([PROBLEM] * 2, [WRONG, RIGHT])


class RewardLoop(Verl):
    def compute(self, worker, response, **extra_info):
        ids = worker.input_tokenizer(response)["input_ids"] + [worker.input_tokenizer.eos_token_id]
        prompt, padding = torch.tensor([[5, 6, 7]]), torch.zeros(1, 4, dtype=torch.long)
        responses = torch.cat([torch.tensor([ids]), padding], dim=1)
        mask = torch.cat([torch.ones(1, 3 + len(ids), dtype=torch.long), padding], dim=1)
        rows = {"data_source": "arithmetic", "reward_model": {"ground_truth": "3"}, "extra_info": extra_info}
        rows["raw_prompt"] = CHAT
        arrays = {}
        for name, value in rows.items():
            arrays[name] = np.empty(1, dtype=object)
            arrays[name][0] = value
        batch = TensorDict({"prompts": prompt, "responses": responses, "attention_mask": mask}, batch_size=1)
        return worker.loop.run_until_complete(worker.compute_score(DataProto(batch, arrays)))

    def with_our_function(self):
        return RewardLoopWorker(
            configured(f"reward.custom_reward_function.path={ROOT / 'integrations/verl_reward.py'}")
        )

    def test_the_reward_is_the_score_and_the_log_has_its_numbers(self):
        worker = self.with_our_function()
        for response, result in zip((WRONG, RIGHT), self.results):
            answer = self.compute(worker, response, question=PROBLEM)
            self.assertAlmostEqual(answer["reward_score"], result["score"], places=4)
            self.assertAlmostEqual(answer["reward_extra_info"]["p_correct"], result["p_correct"], places=4)

    def test_no_score_is_an_error(self):
        worker = self.with_our_function()
        with self.assertRaisesRegex(Exception, "no text to score"):
            self.compute(worker, " \n", question=PROBLEM)
        with self.assertRaisesRegex(Exception, "question"):
            self.compute(worker, RIGHT)

    def test_verl_s_own_client_of_reward_models_without_any_file_gets_log_odds(self):
        model = "reward.reward_model"
        config = configured(f"{model}.enable=True", f"{model}.model_path={CHECKPOINT}", f"{model}.rollout.name=vllm")
        worker = RewardLoopWorker(config, reward_router_address=serve().removeprefix("http://"))
        for response, result in zip((WRONG, RIGHT), self.results):
            log_odds = result["score"] - math.log(-math.expm1(result["score"]))
            self.assertAlmostEqual(self.compute(worker, response)["reward_score"], log_odds, places=2)


class StepRewards(Verl):
    def setUp(self):
        super().setUp()
        self.stored = {}
        for name, fake in {"init": lambda: None, "async_kv_put": self.status, "async_kv_batch_put": self.store}.items():
            patched = mock.patch.object(transfer_queue, name, fake)
            patched.start()
            self.addCleanup(patched.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        loops = Path(folder.name, "assay_loop.yaml")
        loops.write_text("- name: assay\n  _target_: verl_steps.StepRewardLoop\n")
        agent = "actor_rollout_ref.rollout.agent"
        config = configured(
            f"{agent}.agent_loop_config_path={loops}",
            f"{agent}.default_agent_loop=assay",
            "actor_rollout_ref.rollout.name=vllm",
        )
        self.config = config
        self.worker = AgentLoopWorkerTQ.__ray_metadata__.modified_class(
            config, types.SimpleNamespace(generate=self.generate)
        )

    async def status(self, key, partition_id, tag):
        self.last_status = tag["status"]

    async def store(self, keys, fields, tags, partition_id):
        self.stored |= {key: fields[i] for i, key in enumerate(keys)}

    async def generate(self, **_):
        return TokenOutput(token_ids=self.responses.pop(0), log_probs=None)

    def run_prompt(self, *responses):
        """What verl stores of the samples of one prompt."""
        self.responses = list(responses)
        self.config.actor_rollout_ref.rollout.n = len(responses)
        row = {"uid": "u", "raw_prompt": CHAT, "agent_name": "assay", "global_steps": 1, "index": 0, "data_source": "a"}
        trajectory = {"step": 1, "sample_index": 0, "rollout_n": 0, "validate": False}
        asyncio.get_event_loop().run_until_complete(self.worker._run_prompt(row, {}, trajectory))
        return self.stored

    def ids(self, text):
        return self.worker.tokenizer(text)["input_ids"] + [self.worker.tokenizer.eos_token_id]

    def test_step_rewards_stand_on_the_tokens(self):
        stored = self.run_prompt(self.ids(WRONG), self.ids(RIGHT))
        self.assertEqual((self.last_status, len(stored)), ("finished", 2))
        for text, result in zip((WRONG, RIGHT), self.results):
            [row] = [row for row in stored.values() if row["responses"].tolist() == self.ids(text)]
            expected = token_rewards(result, self.worker.tokenizer, self.ids(text), text)
            torch.testing.assert_close(row["rm_scores"], torch.tensor(expected), atol=1e-4, rtol=1e-4)
            self.assertEqual((row["rm_scores"] != 0).sum(), 4)
            self.assertAlmostEqual(row["rm_scores"].sum().item(), result["score"], places=4)
            # an estimator that looks at them token by token
            rewards, mask = row["rm_scores"].unsqueeze(0), row["response_mask"].unsqueeze(0)
            _, returns = get_adv_estimator_fn("reinforce_plus_plus")(rewards, mask, config=self.config.algorithm)
            self.assertAlmostEqual(returns[0, 0].item(), result["score"], places=4)
            self.assertEqual(returns[0, -1].item(), 0)

    def test_a_sample_without_a_score_is_left_out_of_its_group(self):
        stored = self.run_prompt(self.ids(" "), self.ids(RIGHT))
        self.assertEqual((self.last_status, len(stored)), ("finished", 1))

    def test_a_server_that_fails_is_a_failed_group(self):
        with mock.patch.dict(os.environ, {"ASSAY_URL": "http://127.0.0.1:9", "ASSAY_DEADLINE": "0.1"}):
            stored = self.run_prompt(self.ids(RIGHT))
        self.assertEqual((self.last_status, stored), ("failure", {}))


if __name__ == "__main__":
    unittest.main()
