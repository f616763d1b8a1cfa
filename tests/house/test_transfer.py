"""`backorder import` and `export`: files in, files out, refused rows named."""

import json

ITEMS = "sku,name\nLAMP,Lamp\nTABLE,Table\n,Nameless\n"


def test_rows_are_taken_or_refused_by_number_and_come_out_again(command, data_folder, tmp_path):
    assert command(data_folder, "migrate").returncode == 0
    source, report, target = tmp_path / "items.csv", tmp_path / "refused.ndjson", tmp_path / "out.ndjson"
    source.write_text(ITEMS)
    done = command(data_folder, "import", "items", str(source), "--report", str(report))
    assert (done.returncode, done.stdout) == (1, "2 of 3 rows of items taken, 1 refused.\n")
    (refused,) = [json.loads(line) for line in report.read_text().splitlines()]
    assert refused["row"] == 4
    assert f"row 4: {refused['reason']}" in done.stderr
    assert command(data_folder, "export", "items", str(target)).returncode == 0
    assert [json.loads(line)["sku"] for line in target.read_text().splitlines()] == ["LAMP", "TABLE"]

    assert command(data_folder, "verify").stdout == "Everything adds up.\n"
    assert command(data_folder, "repair").stdout == "There was nothing to mend.\n"

    wrong = command(data_folder, "import", "dreams", str(source))
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "Error: unknown_kind: There is no kind 'dreams'" in wrong.stderr
    target_text = target.read_text()
    assert command(data_folder, "export", "items", str(tmp_path / "out.xml")).returncode == 1
    assert target.read_text() == target_text
