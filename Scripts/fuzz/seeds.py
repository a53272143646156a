#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes one or two sound files for each reader into Tests/OcellusDataTests/Fixtures/corpus, where a fuzzer starts."""
import io
import pathlib
import struct
import tarfile
import zipfile

target = pathlib.Path(__file__).resolve().parents[2] / "Tests/OcellusDataTests/Fixtures/corpus"


def keep(reader, name, data):
    folder = target / reader
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def archive(files, form):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("a/link")
        link.type, link.linkname = tarfile.SYMTYPE, "1.png"
        tar.addfile(link)
    data = out.getvalue().rstrip(b"\0")
    return data + bytes(-len(data) % 512 + 1024)


def main():
    picture = b"\x89PNG\r\n\x1a\n"
    folder = [("a/1.png", picture), ("b/2.png", picture), ("train/a/x.png", picture)]
    long_names = [("long/" * 30 + "1.png", picture)]
    shard = [("1.png", picture), ("1.cls", b"0"), ("2.png", picture), ("2.json", b'{"label": 1}')]
    for form, name in [(tarfile.USTAR_FORMAT, "ustar"), (tarfile.GNU_FORMAT, "gnu"), (tarfile.PAX_FORMAT, "pax")]:
        for reader in ["tar", "archive"]:
            keep(reader, name, archive(folder + (long_names if name != "ustar" else []), form))
            keep(reader, f"{name}-shard", archive(shard, form))
    keep("csv", "quotes", b'\xef\xbb\xbfa,b\r\n"1, ""x""",2\n\n"two\nlines",\n')
    keep("csv", "semicolons", b"a;b\n1;2\n")
    keep("manifest", "all", b"path,label,split,group,x\n1.png,a,train,g,1\n2.png,b,test,h,2\n3.png,a,val,i,3\n")
    keep("manifest", "plain", b"Filename,Class\n1.png,a\n2.png,b\n")
    keep("jsonl", "all", b'{"file_name": "1.png", "label": "a", "split": "train", "x": [1, {"y": null}]}\n'
                         b'{"file_name": "\\u00e9.png", "label": 3, "split": "test"}\r\n\n')
    keep("jsonl", "plain", b'{"path": "1.png", "class": "a"}\n{"path": "2.png", "class": "b"}')
    keep("utf16", "little", "path,label\n1.png,a\n2.png,\u00e9\U0001f600\n".encode("utf-16-le"))
    keep("utf16", "big", "path,label\n1.png,a\n".encode("utf-16-be"))
    keep("plan", "all", b'action,path,to,sha256,reason\nmove,a/1.png,__removed/1.png,00,"x, y"\nreview,b,,,z\n')
    keep("idx", "images", bytes([0, 0, 8, 3]) + struct.pack(">III", 2, 2, 2) + bytes(8))
    keep("idx", "labels", bytes([0, 0, 8, 1]) + struct.pack(">I", 3) + bytes([0, 1, 2]))
    keep("cifar10", "two", (bytes([3]) + bytes(3072)) * 2)
    keep("cifar100", "two", (bytes([3, 99]) + bytes(3072)) * 2)
    for name, header, size in [("images", "'|u1', 'fortran_order': False, 'shape': (2, 2, 2, 3)", 24),
                               ("labels", "'<i4', 'fortran_order': False, 'shape': (3,)", 12),
                               ("fortran", "'|u1', 'fortran_order': True, 'shape': (2, 3)", 6)]:
        text = ("{'descr': " + header + ", }").ljust(117).encode() + b"\n"
        keep("npy", name, b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(size))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(zipfile.ZipInfo("gzip/a"), bytes(300), zipfile.ZIP_DEFLATED)
        packed.writestr(zipfile.ZipInfo("b"), b"bcd")
        packed.comment = b"comment"
    keep("zip", "two", out.getvalue())


main()
