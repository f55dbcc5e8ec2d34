"""OpenRLHF's own reward client (SingleTurnAgentExecutor, and the Experience that is made of its answer) with an engine
that writes what it is told, against a real `assay serve`: pip install openrlhf (tested with 0.11.2; vLLM and DeepSpeed
need not be there)."""

import asyncio
import importlib.util
import os
import sys
import types
import unittest
from unittest import mock

from serve_fixture import PROBLEM, RIGHT, ROOT, WRONG, serve

if not importlib.util.find_spec("openrlhf"):
    raise unittest.SkipTest("OpenRLHF is not installed")

from transformers import AutoTokenizer

# the engine that OpenRLHF imports, and that nothing here uses
absent = [name for name in ("vllm", "vllm.inputs", "vllm.utils") if name not in sys.modules]
sys.modules.update({name: mock.MagicMock() for name in absent})
try:
    from openrlhf.trainer.ppo_utils.samples_generator import SamplesGenerator
    from openrlhf.utils.agent import SingleTurnAgentExecutor
finally:
    for name in absent:
        del sys.modules[name]

from assay_client import score

TOKENIZER = AutoTokenizer.from_pretrained(ROOT / "src/transformer/fixtures/qwen2-tied-bf16")
PROMPT = TOKENIZER.apply_chat_template(
    [{"role": "user", "content": PROBLEM}], tokenize=False, add_generation_prompt=True
)


def experience(executor, response, prompt=PROMPT):
    """What OpenRLHF trains on."""

    async def generate(prompt_ids, params, multi_modal_data=None):
        ids = TOKENIZER(response, add_special_tokens=False)["input_ids"] + [TOKENIZER.eos_token_id]
        return types.SimpleNamespace(
            outputs=[types.SimpleNamespace(token_ids=ids, finish_reason="stop", logprobs=None)]
        )

    params = types.SimpleNamespace(max_tokens=200, logprobs=None)
    engine = types.SimpleNamespace(generate=generate)
    output = asyncio.run(executor.execute(prompt, "3", params, 512, TOKENIZER, engine))
    return SamplesGenerator._process_response_into_experience(None, output, max_len=512)


class RemoteReward(unittest.TestCase):
    def setUp(self):
        settings = mock.patch.dict(os.environ, {"ASSAY_URL": serve()})
        settings.start()
        self.addCleanup(settings.stop)
        self.file = SingleTurnAgentExecutor([str(ROOT / "integrations/openrlhf_reward.py")])

    def test_rewards_of_the_file_and_of_the_address_are_the_same(self):
        address = SingleTurnAgentExecutor([f"{serve()}/openrlhf"])
        for response, result in zip((WRONG, RIGHT), score([PROBLEM] * 2, [WRONG, RIGHT])):
            for executor in (self.file, address):
                made = experience(executor, response)
                self.assertAlmostEqual(made.rewards.item(), result["score"], places=4)
                self.assertAlmostEqual(made.scores.item(), result["p_correct"], places=4)
                self.assertAlmostEqual(made.info["log_p_correct"].item(), result["score"], places=4)
                self.assertEqual(made.info["steps"].item(), 4)
            self.assertEqual(experience(self.file, response).rewards.shape, (1,))

    def test_no_score_is_no_reward(self):
        for response in (" ", "<|im_end|>"):
            made = experience(self.file, response)
            self.assertEqual((made.rewards, made.scores), (None, None))
        with mock.patch.dict(os.environ, {"ASSAY_URL": "http://127.0.0.1:9", "ASSAY_DEADLINE": "0.1"}):
            self.assertIsNone(experience(self.file, RIGHT).rewards)

    def test_a_prompt_that_was_cut_to_fit_is_no_reward(self):
        made = experience(self.file, RIGHT, prompt=PROMPT.replace(PROBLEM, f"{'Hm. ' * 400}{PROBLEM}"))
        self.assertIsNone(made.rewards)


if __name__ == "__main__":
    unittest.main()
