"""Step rewards of `assay serve` on TRL's tokens: needs assay_client.py beside it.

    from trl_steps import StepRewardTrainer

    trainer = StepRewardTrainer(model="Qwen/Qwen2.5-1.5B-Instruct", train_dataset=dataset)

GRPOTrainer with one advantage a token instead of one a completion. Its reward functions (an answer checker, say) count
as ever; the steps' advantages are added to theirs.
"""

import torch
from accelerate.utils import gather_object
from trl import GRPOTrainer

from assay_client import leave_one_out, scalar, score, token_rewards


class StepRewardTrainer(GRPOTrainer):
    """The reward of a step, log(1 - hazard), stands on its last token; token-level leave-one-out makes advantages of
    them. A completion that cannot be scored has none, and the others are not compared with it."""

    def __init__(self, model, reward_funcs=None, args=None, **kwargs):
        given = reward_funcs if isinstance(reward_funcs, list) else [reward_funcs] if reward_funcs else []
        if args is not None and args.reward_weights is not None:
            args.reward_weights = [*args.reward_weights, 0.0]
        super().__init__(model, reward_funcs=[*given, self.crm_steps], args=args, **kwargs)
        # logged with the others, and counted token by token instead
        self.reward_weights[-1] = 0.0

    def crm_steps(self, prompts, completions, completion_ids, problem=None, **columns):
        texts = self.processing_class.batch_decode(completion_ids, skip_special_tokens=True)
        results = score(problem or prompts, texts, templated=not problem)
        self._token_rewards = [
            None if "error" in result else token_rewards(result, self.processing_class, ids, text)
            for result, ids, text in zip(results, completion_ids, texts)
        ]
        return [scalar(result) for result in results]

    def _generate_and_score_completions(self, inputs):
        output = super()._generate_and_score_completions(inputs)
        size = self.num_generations if self.model.training else self.num_generations_eval
        rewards = gather_object(self._token_rewards)
        advantages = [row for i in range(0, len(rewards), size) for row in leave_one_out(rewards[i : i + size])]
        mine = advantages[self.accelerator.process_index * len(self._token_rewards) :]
        steps = torch.zeros_like(output["completion_ids"], dtype=torch.float32)
        for row, values in zip(steps, mine):
            if values is not None:
                row[: len(values)] = torch.tensor(values, device=row.device)
        output["advantages"] = output["advantages"].unsqueeze(1) + steps
        return output
