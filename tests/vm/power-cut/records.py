#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""records.py write FILE FIRST   writes records to FILE, each followed by fsync(), and says "S NUMBER PLACE" when that has returned
records.py check FILE SAID       SAID has lines "S NUMBER PLACE": each place has to hold that record, or a later one"""
import os
import random
import struct
import sys
import time
import zlib

BLOCK, PLACES = 4096, 4096


def record(number, place):
    body = struct.pack("<QQ", number, place) * ((BLOCK - 16) // 16)
    return body + struct.pack("<QQ", zlib.crc32(body), 0)


def write(path, first):
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    if os.fstat(fd).st_size < BLOCK * PLACES:
        os.posix_fallocate(fd, 0, BLOCK * PLACES)
    number = int(first)
    while True:
        place = random.randrange(PLACES)
        os.pwrite(fd, record(number, place), place * BLOCK)
        os.fsync(fd)
        print("S", number, place, flush=True)
        number += 1
        time.sleep(random.random() / 4)


def check(path, said):
    promised = {}
    with open(said) as lines:
        for line in lines:
            _, number, place = line.split()
            promised[int(place)] = max(int(number), promised.get(int(place), 0))
    bad = 0
    fd = os.open(path, os.O_RDONLY)
    for place, number in promised.items():
        block = os.pread(fd, BLOCK, place * BLOCK)
        is_number = struct.unpack_from("<Q", block)[0] if len(block) == BLOCK else 0
        if is_number < number or block != record(is_number, place):
            print(f"place {place}: record {number} was on disk, now it is {is_number}")
            bad += 1
    print(f"{len(promised)} places, {bad} wrong")
    sys.exit(bad > 0)


globals()[sys.argv[1]](*sys.argv[2:])
