"""Rows read from CSV and parquet files."""

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import DataError, MissingPackageError
from bridge.io.rows import read_frame, read_rows

ROWS = np.array([[0.1, 2.0, -3.0], [1 / 3, 1e300, 5e-324]])
NAMES = ["a", "b", "c"]


def _write(path, frame, **options):
    frame.to_parquet(path, **options) if path.suffix == ".parquet" else frame.to_csv(path, **options)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_columns_are_found_by_name_and_others_left_out(tmp_path, suffix):
    frame = pd.DataFrame(ROWS, columns=NAMES).assign(label=["x", "y"])[["label", "c", "a", "b"]]
    path = _write(tmp_path / f"rows{suffix}", frame, index=False)
    found = read_rows(path, feature_names=NAMES)
    assert list(found.columns) == NAMES
    np.testing.assert_array_equal(found.to_numpy(), ROWS)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_model_without_names_takes_the_columns_in_order(tmp_path, suffix):
    frame = pd.DataFrame(ROWS, columns=NAMES).assign(label=["x", "y"])
    path = _write(tmp_path / f"rows{suffix}", frame, index=False)
    found = read_rows(path, n_features=3, label="label")
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, ROWS)
    with pytest.raises(DataError, match=r"has 4 columns.*'label'.*fitted on 3.*--label"):
        read_rows(path, n_features=3)


@pytest.mark.parametrize("header", [False, True], ids=["bare", "counted"])
def test_a_csv_of_numbers_alone_loses_no_row(tmp_path, header):
    path = _write(tmp_path / "rows.csv", pd.DataFrame(ROWS), index=False, header=header)
    np.testing.assert_array_equal(read_rows(path, n_features=3), ROWS)


def test_the_index_that_pandas_writes_is_no_feature(tmp_path):
    path = _write(tmp_path / "rows.csv", pd.DataFrame(ROWS, columns=NAMES))
    np.testing.assert_array_equal(read_rows(path, n_features=3), ROWS)


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path):
    path = _write(tmp_path / "rows.csv", pd.DataFrame(ROWS, columns=NAMES), index=False, encoding="utf-8-sig")
    np.testing.assert_array_equal(read_rows(path, feature_names=NAMES).to_numpy(), ROWS)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_every_double_comes_back_to_the_bit(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("table") / "rows.csv"
    path.write_text("a\n" + "".join(f"{number!r}\n" for number in numbers))
    np.testing.assert_array_equal(read_rows(path, feature_names=["a"])["a"].to_numpy(np.float64), numbers)


def test_missing_columns_are_named(tmp_path):
    path = _write(tmp_path / "rows.csv", pd.DataFrame(ROWS, columns=NAMES), index=False)
    with pytest.raises(DataError, match=r"lacks 'd', 'e' of the 3 columns.*has 'a', 'b', 'c'"):
        read_rows(path, feature_names=["a", "d", "e"])
    many = [f"f{i}" for i in range(10)]
    with pytest.raises(DataError, match=r"'f5' and 4 more of the 10"):
        read_rows(path, feature_names=many)
    with pytest.raises(DataError, match="no column 'z' to leave out"):
        read_rows(path, feature_names=NAMES, label="z")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "is empty"),
        ("a.parquet", b"", "is empty"),
        ("a.csv", b"\n\n", "cannot be read as CSV|has no rows"),
        ("a.csv", b"a,b\n", "has no rows"),
        ("a.csv", b"a,b\n1,2\n1,2,3,4\n", "cannot be read as CSV"),
        ("a.csv", bytes(range(128, 256)) * 4, "cannot be read as CSV"),
        ("a.csv", b"\x00\x01\x02", "cannot be read as CSV|has no rows"),
        ("a.parquet", b"a,b\n1,2\n", "cannot be read as parquet"),
    ],
)
def test_a_damaged_file_is_said_to_be_one(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_frame(tmp_path / name)


def test_paths_that_are_no_table(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_frame(tmp_path / "nothing.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_frame(tmp_path)


@pytest.mark.parametrize(("package", "name"), [("pandas", "a.csv"), ("pyarrow", "a.parquet")])
def test_a_missing_package_says_how_to_install_it(tmp_path, monkeypatch, package, name):
    (tmp_path / name).write_text("a\n1\n")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackageError, match=rf"{package} is needed.*pip install {package}"):
        read_frame(tmp_path / name)


def test_columns_fitted_as_words_are_text_whatever_they_look_like(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("code,size\n00123,1\n7,2\n,3\n", encoding="utf-8")
    frame = read_rows(file, ["code", "size"], words=("code", "not there"))
    assert frame["code"].tolist()[:2] == ["00123", "7"]
    assert frame["code"].isna().tolist() == [False, False, True]
    assert frame["size"].tolist() == [1, 2, 3]
    assert read_rows(file, ["code", "size"])["code"].tolist()[:2] == [123, 7]
