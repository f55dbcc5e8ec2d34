"""Step rewards on the tokens of real tokenizers, by the steps that a real `assay serve` finds: pip install
transformers."""

import os
import random
import unittest
from unittest import mock

from serve_fixture import PROBLEM, RIGHT, ROOT, WRONG, serve

try:
    from tokenizers import Tokenizer, decoders, models, normalizers
    from transformers import AutoTokenizer, ByT5Tokenizer, PreTrainedTokenizerFast
except ImportError as missing:
    raise unittest.SkipTest(f"transformers is not installed: {missing}")

import assay_client
from assay_client import score, token_rewards


def like_llama_2():
    """Words begin with a space, which the first one has not; what is not in the vocabulary is single bytes."""
    merges = [("▁", character) for character in "34=-("] + [("A", "n"), ("An", "s")]
    tokens = [
        "<unk>",
        "<s>",
        "</s>",
        *(f"<0x{byte:02X}>" for byte in range(256)),
        "▁",
        *sorted({*WRONG, *RIGHT} - {"\n", " "}),
    ]
    vocabulary = {token: id for id, token in enumerate([*tokens, *("".join(pair) for pair in merges)])}
    made = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    pieces = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    made.decoder = decoders.Sequence(pieces)
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


FIXTURES = ROOT / "src/transformer/fixtures"
TOKENIZERS = {
    "of this package": AutoTokenizer.from_pretrained(ROOT / "models/crm"),
    "Qwen": AutoTokenizer.from_pretrained(FIXTURES / "qwen2-tied-bf16"),
    "Llama 3": AutoTokenizer.from_pretrained(FIXTURES / "llama3-untied-bf16"),
    "Llama, others": AutoTokenizer.from_pretrained(FIXTURES / "llama-bias-linear"),
    "like Llama 2": like_llama_2(),
    "bytes, without offsets": ByT5Tokenizer(extra_ids=0),
}
PIECES = [
    *"abc 4-=(",
    "\n",
    "\n\n",
    ".\n",
    "  ",
    "😀",
    "é",
    "e\u0301",
    "自然",
    "\u00a0",
    "👩‍👧",
    "ﬁ",
    "ё",
    "Answer: 7",
    "<",
    "\t",
]


class Tokenizers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        choose = random.Random(11)
        texts = [WRONG, RIGHT, f"{RIGHT}\n\n", f"\n {WRONG}\n"]
        texts += ["".join(choose.choices(PIECES, k=choose.randrange(1, 40))) for _ in range(56)]
        settings = mock.patch.dict(os.environ, {"ASSAY_URL": serve()})
        settings.start()
        cls.addClassCleanup(settings.stop)
        cls.texts = texts

    def check(self, tokenizer, sampled):
        """`sampled` are tokens; what is scored is what they decode to, as trainers do it."""
        sampled = [ids for ids in sampled if ids]
        texts = [tokenizer.decode(ids, skip_special_tokens=True) for ids in sampled]
        for ids, text, result in zip(sampled, texts, score([PROBLEM] * len(texts), texts)):
            if "error" in result:
                self.assertEqual(text.strip(), "")
                continue
            rewards = token_rewards(result, tokenizer, ids, text)
            self.assertAlmostEqual(sum(rewards), result["score"], places=4)
            expected = [0.0] * len(ids)
            beginnings = [tokenizer.decode(ids[: i + 1], skip_special_tokens=True) for i in range(len(ids))]
            for (_, end), reward in zip(result["spans"], result["rewards"]):
                place = next(i for i, beginning in enumerate(beginnings) if beginning.startswith(text[:end]))
                # what a cut character decodes to is there with its first byte
                while text[end - 1] == "\ufffd" and place + 1 < len(ids) and rewards[place] == 0:
                    place += 1
                expected[place] += reward
            self.assertEqual(rewards, expected, (text, ids))

    def encoded(self, tokenizer):
        return [tokenizer(text, add_special_tokens=False)["input_ids"] for text in self.texts]

    def test_tokens_as_the_tokenizer_cuts_them(self):
        for name, tokenizer in TOKENIZERS.items():
            with self.subTest(name):
                self.check(tokenizer, self.encoded(tokenizer))
                self.check(tokenizer, [[*ids, tokenizer.eos_token_id] for ids in self.encoded(tokenizer)])

    def test_completions_that_were_cut_anywhere(self):
        choose = random.Random(12)
        for name, tokenizer in TOKENIZERS.items():
            with self.subTest(name):
                self.check(tokenizer, [ids[: choose.randrange(len(ids) + 1)] for ids in self.encoded(tokenizer)])

    def test_tokens_as_a_policy_may_sample_them(self):
        for name, tokenizer in TOKENIZERS.items():
            with self.subTest(name):
                apart = [
                    [id for character in text for id in tokenizer(character, add_special_tokens=False)["input_ids"]]
                    for text in self.texts
                ]
                self.check(tokenizer, apart)

    def test_fast_tokenizers_need_no_decoding(self):
        for name in ("of this package", "Qwen", "Llama 3"):
            tokenizer = TOKENIZERS[name]
            with self.subTest(name), mock.patch.object(assay_client, "_places_by_decoding", side_effect=AssertionError):
                self.check(
                    tokenizer, [tokenizer(text, add_special_tokens=False)["input_ids"] for text in (WRONG, RIGHT)]
                )


if __name__ == "__main__":
    unittest.main()
