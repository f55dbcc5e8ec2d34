"""Rewards of `assay serve` for verl: needs assay_client.py beside it.

    reward.custom_reward_function.path=/path/to/verl_reward.py     # custom_reward_function.path before 0.7

verl_steps.py rewards single steps.
"""

import os
import sys

# verl loads this file by its path
sys.path.append(os.path.dirname(os.path.abspath(__file__)))

from assay_client import AssayError, scalar, score  # noqa: E402


def compute_score(data_source, solution_str, ground_truth, extra_info=None, **kwargs) -> dict:
    """log P(correct) in nats as `score`, or P(correct) with ASSAY_REWARD=p_correct; beside it, numbers for the log.

    The problem is extra_info["question"], as verl's examples of data sets have it. A response that cannot be scored is
    an AssayError: verl 0.9 goes on without it, before that the run ends."""
    if not (extra_info or {}).get("question"):
        raise AssayError('the problem is not in the data: give each row an extra_info with its "question"')
    [result] = score([extra_info["question"]], [solution_str])
    reward = scalar(result)
    if reward is None:
        raise AssayError(f"a response has no score: {result['error']['message']}")
    return {"score": reward, "p_correct": result["p_correct"], "log_p_correct": result["score"]}
