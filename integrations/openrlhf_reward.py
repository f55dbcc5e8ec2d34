"""Rewards of `assay serve` for OpenRLHF: needs assay_client.py beside it.

    --reward.remote_url /path/to/openrlhf_reward.py     # --remote_rm_url before 0.10

The server's address does the same as this file (--reward.remote_url http://127.0.0.1:8300/openrlhf) with OpenRLHF's own
client, which tries any error five times, a second apart. This one waits as long as a busy server asks it to, and sends
a token.
"""

import os
import sys

# OpenRLHF loads this file by its path
sys.path.append(os.path.dirname(os.path.abspath(__file__)))

from assay_client import AssayError, post  # noqa: E402


def reward_func(queries, prompts, labels, **kwargs) -> dict:
    """The reward of each response is log P(correct) in nats, or P(correct) with ASSAY_REWARD=p_correct; its score, for
    dynamic filtering, is P(correct). A response is what follows its prompt in the query. One that cannot be scored is
    an AssayError: OpenRLHF has no room for one without a reward."""
    import torch

    reward = os.environ.get("ASSAY_REWARD", "score")
    answer = post(f"/openrlhf?reward={reward}", {"query": queries, "prompts": prompts})
    rewards, scores = torch.tensor(answer["rewards"]), torch.tensor(answer["scores"])
    if not len(rewards) == len(scores) == len(queries):
        raise AssayError(f"the answer does not hold {len(queries)} rewards")
    extra_logs = {name: torch.tensor(values) for name, values in answer["extra_logs"].items()}
    return {"rewards": rewards, "scores": scores, "extra_logs": extra_logs}
