"""Rewards of `assay serve` for TRL's GRPOTrainer and RLOOTrainer (1.6 or later): needs assay_client.py beside it.

    from trl_reward import crm_reward

    trainer = GRPOTrainer(model="Qwen/Qwen2.5-1.5B-Instruct", reward_funcs=crm_reward, train_dataset=dataset)

trl_steps.py rewards single steps.
"""

import asyncio
import re
from importlib import metadata

from assay_client import AssayError, scalar, score


def crm_reward(prompts, completions, problem=None, **columns) -> list[float | None]:
    """log P(correct) of each completion in nats, or P(correct) with ASSAY_REWARD=p_correct; None: it cannot be scored.

    Prompts and completions are texts or conversations. The problem is the last message of the user, also where a chat
    template has made a text of it, or the dataset's column `problem` where it has one: without the instructions that
    stand around it in the prompt."""
    results = score(problem or prompts, completions, templated=not problem)
    rewards = [scalar(result) for result in results]
    if None in rewards and _counts_none_as_zero():
        raise AssayError("this TRL counts None as 0, which is the best log P(correct): pip install 'trl>=1.6'")
    return rewards


async def crm_reward_async(prompts, completions, **columns) -> list[float | None]:
    """The same; TRL asks several asynchronous reward functions at once."""
    return await asyncio.to_thread(crm_reward, prompts, completions, **columns)


def _counts_none_as_zero():
    """Before https://github.com/huggingface/trl/pull/5902, in 1.6."""
    try:
        return [int(part) for part in re.findall(r"\d+", metadata.version("trl"))[:2]] < [1, 6]
    except metadata.PackageNotFoundError:
        return False
