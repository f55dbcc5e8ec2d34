"""Step rewards of `assay serve` on verl's tokens (0.9, its V1 trainer): needs assay_client.py beside it, and both on
PYTHONPATH.

    # assay_loop.yaml
    - name: assay
      _target_: verl_steps.StepRewardLoop

    actor_rollout_ref.rollout.agent.agent_loop_config_path=assay_loop.yaml
    actor_rollout_ref.rollout.agent.default_agent_loop=assay
    algorithm.adv_estimator=reinforce_plus_plus     # or gae: one that looks at rewards token by token

With an estimator that adds a response's rewards up (grpo, rloo) it is the same as verl_reward.py.
"""

import asyncio

import torch
from verl.experimental.agent_loop.agent_loop import AgentLoopOutput
from verl.experimental.agent_loop.single_turn_agent_loop import SingleTurnAgentLoop

from assay_client import score, token_rewards


class StepRewardOutput(AgentLoopOutput):
    token_rewards: list[float]

    def as_dict(self):
        output = super().as_dict()
        output["rm_scores"] = torch.tensor(output.pop("token_rewards"), dtype=torch.float32)
        return output


class StepRewardLoop(SingleTurnAgentLoop):
    """verl's own loop of one turn, and log(1 - hazard) of each step on its last token. A response that cannot be scored
    is left out of its group; a server that fails is an AssayError."""

    async def run(self, sampling_params, **kwargs):
        output = await super().run(sampling_params, **kwargs)
        ids = output.response_ids
        text = self.tokenizer.decode(ids, skip_special_tokens=True)
        [result] = await asyncio.to_thread(score, [list(kwargs["raw_prompt"])], [text])
        if "error" in result:
            return []
        output.extra_fields["reward_extra_info"] = {name: result[name] for name in ("score", "p_correct")}
        given = {name: getattr(output, name) for name in output.model_fields_set}
        given |= {"reward_score": result["score"], "token_rewards": token_rewards(result, self.tokenizer, ids, text)}
        return StepRewardOutput(**given)
