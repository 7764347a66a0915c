"""Splits that are the same everywhere."""

import numpy as np

from suite.data import splits


def test_speech_commands_own_rule():
    """As validation_list.txt of v0.02 has it for some speakers, and one in ten of any others."""
    assert {splits.by_hash(speaker) for speaker in ("026290a7", "060cd039", "067f61e2", "099d52ad")} == {"validation"}
    assert {splits.by_hash(speaker) for speaker in ("0132a06d", "0137b3f4", "01648c51", "017c4098")} == {"train"}
    numbers = [splits.by_hash(f"{i:08x}") for i in range(4000)]
    assert 0.08 < numbers.count("validation") / 4000 < 0.12
    assert 0.08 < numbers.count("test") / 4000 < 0.12


def test_a_speaker_is_in_one_split_only():
    speakers = [f"s{i // 5}" for i in range(500)]
    labels = ["yes" if i % 2 else "no" for i in range(500)]
    chosen, by = splits.assign(labels, speakers, [str(i) for i in range(500)])
    assert by == "speaker"
    for speaker in set(speakers):
        assert len({c for c, s in zip(chosen, speakers, strict=True) if s == speaker}) == 1


def test_a_file_without_a_speaker_goes_by_itself():
    speakers = [f"s{i // 5}" for i in range(500)]
    labels = ["yes" if i % 2 else "no" for i in range(500)]
    files = [str(i) for i in range(501)]
    before, _ = splits.assign(labels, speakers, files[:-1])
    chosen, by = splits.assign([*labels, "no"], [*speakers, None], files)
    assert by == "speaker or file" and chosen[:-1] == before


def test_a_rare_word_moves_a_whole_speaker():
    speakers = [f"s{i // 5}" for i in range(500)] + ["s1", "s1", "s2"]
    labels = ["yes" if i % 2 else "no" for i in range(500)] + ["rare"] * 3
    chosen, by = splits.assign(labels, speakers, [str(i) for i in range(503)])
    assert by == "speaker" and {"train", "validation"} <= set(chosen[500:])
    for speaker in set(speakers):
        assert len({c for c, s in zip(chosen, speakers, strict=True) if s == speaker}) == 1


def test_one_persons_recordings_are_split_by_file():
    labels = ["yes"] * 40 + ["no"] * 40
    chosen, by = splits.assign(labels, ["me"] * 80, [str(i) for i in range(80)])
    assert by == "file"
    assert {"train", "validation"} <= set(chosen)


def test_two_people_are_too_few_to_be_split_by_speaker_and_three_are_enough():
    labels = ["yes", "no"] * 30
    chosen, by = splits.assign(labels, ["a", "b"] * 30, [str(i) for i in range(60)])
    assert by == "file" and {"train", "validation"} <= set(chosen)
    _, by = splits.assign(labels, ["a", "b", "c"] * 20, [str(i) for i in range(60)])
    assert by == "speaker"


def test_two_recordings_of_a_word_give_one_for_each():
    chosen, _ = splits.assign(["yes", "yes", "no", "no"], [None] * 4, ["a", "b", "c", "d"])
    assert sorted(chosen[:2]) == sorted(chosen[2:]) == ["train", "validation"]


def test_a_new_file_moves_no_other():
    names = [f"yes/{i}.wav" for i in range(300)]
    before, _ = splits.assign(["yes"] * 300, [None] * 300, names)
    after, _ = splits.assign(["yes"] * 301, [None] * 301, [*names, "yes/new.wav"])
    assert after[:300] == before


def test_a_stratified_split_gives_every_stratum_its_share():
    strata = ["a"] * 100 + ["b"] * 40 + ["c"] * 3
    chosen = splits.stratified(strata, seed=3, validation=0.1, test=0.2)
    assert sorted(np.concatenate(list(chosen.values()))) == list(range(143))
    names = np.array(strata)
    assert [[int((names[chosen[split]] == s).sum()) for s in "abc"] for split in splits.SPLITS] == [
        [70, 28, 1],
        [10, 4, 1],
        [20, 8, 1],
    ]
    assert np.array_equal(chosen["test"], splits.stratified(strata, 3, 0.1, 0.2)["test"])
    assert not np.array_equal(chosen["test"], splits.stratified(strata, 4, 0.1, 0.2)["test"])
    assert not len(splits.stratified(strata, 3, 0.1, 0)["test"])
