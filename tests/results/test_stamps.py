import os

from fer_xai.results.stamps import damaged, is_intact, stamp, stamps


def test_content_decides_whatever_the_time(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("one")
    known = stamp(path)
    os.utime(path, ns=(1, 1))
    assert is_intact(path, known)
    path.write_text("two")
    assert not is_intact(path, known)
    path.write_text("one, longer")
    assert not is_intact(path, known)
    path.unlink()
    assert not is_intact(path, known)


def test_damaged_files_are_named(tmp_path):
    for name in "abc":
        (tmp_path / name).write_text(name)
    known = stamps(tmp_path / name for name in "abc")
    assert damaged(tmp_path, known) == []
    (tmp_path / "b").write_text("x")
    (tmp_path / "c").unlink()
    assert damaged(tmp_path, known) == ["b", "c"]
