"""Rewards of `assay serve` for slime: needs assay_client.py beside it, and both on PYTHONPATH.

    --custom-rm-path slime_rm.custom_rm
    --custom-reward-post-process-path slime_rm.post_process_rewards     # masks what has no score
    --custom-advantage-function-path slime_rm.step_advantages           # rewards single steps

Without the third, whole responses are rewarded. Without the second, too, a response without a score ends the run.
"""

import asyncio
import logging
import math
from functools import lru_cache

from assay_client import AssayError, leave_one_out, scalar, score, token_rewards


async def custom_rm(args, sample, **kwargs):
    """log P(correct) of a sample in nats, or P(correct) with ASSAY_REWARD=p_correct; with --group-rm a list of them.

    A sample that cannot be scored gets NaN and no part in the loss, and post_process_rewards takes it out of its group.
    Without that it is an AssayError: a NaN would spread."""
    samples = sample if isinstance(sample, list) else [sample]
    prompts, responses = [each.prompt for each in samples], [each.response for each in samples]
    results = await asyncio.to_thread(score, prompts, responses, templated=True)
    rewards = [_reward(args, each, result) for each, result in zip(samples, results)]
    return rewards if isinstance(sample, list) else rewards[0]


def _reward(args, sample, result):
    reward = scalar(result)
    try:
        if reward is None:
            raise AssayError(result["error"]["message"])
        if _has(args, "custom_advantage_function_path", step_advantages):
            ids = sample.tokens[len(sample.tokens) - sample.response_length :]
            rewards = token_rewards(result, _tokenizer(args.hf_checkpoint), ids, sample.response)
            sample.metadata = {**(sample.metadata or {}), "token_rewards": rewards}
        return reward
    except AssayError as why:
        if not _has(args, "custom_reward_post_process_path", post_process_rewards):
            raise AssayError(f"a sample has no score: {why}; slime_rm.post_process_rewards would mask it") from why
        logging.getLogger(__name__).warning("a sample is masked, as it has no score: %s", why)
        sample.remove_sample = True
        sample.loss_mask = [0] * sample.response_length
        return math.nan


def post_process_rewards(args, samples) -> tuple[list, list]:
    """(rewards for the log, rewards to train on). Those are GRPO's, by slime's options, or with step_advantages a
    tensor a sample: token-level leave-one-out. A sample without a score has 0, and no part in what the others are
    compared with."""
    scored = [sample.reward for sample in samples if not math.isnan(sample.reward)]
    if not scored:
        raise AssayError("no sample of this rollout has a score")
    # so the mean that slime logs is that of the scored
    logged = [sum(scored) / len(scored) if math.isnan(sample.reward) else sample.reward for sample in samples]
    in_group = _steps if _has(args, "custom_advantage_function_path", step_advantages) else _outcomes
    groups = {}
    for i, sample in enumerate(samples):
        groups.setdefault(sample.group_index, []).append(i)
    rewards = [0.0] * len(samples)
    for group in groups.values():
        for i, reward in zip(group, in_group(args, [samples[i] for i in group])):
            rewards[i] = reward
    return logged, rewards


def step_advantages(args, rollout_data):
    """Hands the tokens' advantages on. KL belongs into the loss (--use-kl-loss), not into the reward."""
    advantages = [rewards.to(kl) for kl, rewards in zip(rollout_data["kl"], rollout_data["rewards"], strict=True)]
    if args.kl_coef != 0 or any(len(kl) != len(each) for kl, each in zip(rollout_data["kl"], advantages)):
        raise AssayError("step_advantages wants --kl-coef 0, and no context parallelism")
    rollout_data["advantages"] = advantages
    rollout_data["returns"] = [each.clone() for each in advantages]


def _outcomes(args, group):
    scored = [sample.reward for sample in group if not math.isnan(sample.reward)]
    centre, spread = 0.0, 1.0
    if args.rewards_normalization and args.advantage_estimator in _GROUPED and scored:
        centre = sum(scored) / len(scored)
        if args.grpo_std_normalization and args.advantage_estimator != "reinforce_plus_plus_baseline":
            squares = sum((reward - centre) ** 2 for reward in scored)
            spread = math.sqrt(squares / max(1, len(scored) - 1)) + 1e-6
    return [0.0 if math.isnan(sample.reward) else (sample.reward - centre) / spread for sample in group]


_GROUPED = ("grpo", "gspo", "cispo", "reinforce_plus_plus_baseline")


def _steps(args, group):
    import torch

    rewards = [None if math.isnan(sample.reward) else sample.metadata["token_rewards"] for sample in group]
    return [
        torch.tensor([0.0] * sample.response_length if each is None else each)
        for sample, each in zip(group, leave_one_out(rewards))
    ]


def _has(args, option, function):
    return str(getattr(args, option, None)).endswith(f"slime_rm.{function.__name__}")


@lru_cache
def _tokenizer(checkpoint):
    from transformers import AutoTokenizer

    # as slime itself loads it
    return AutoTokenizer.from_pretrained(checkpoint, trust_remote_code=True)
