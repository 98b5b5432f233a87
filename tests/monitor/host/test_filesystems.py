"""Which file systems are looked at, and how full they are."""

import os

from plimsoll.monitor.host.filesystems import look_at, parse_mountinfo, real_mounts, remote_note, used

MOUNTS = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 8:1 / / rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw
28 27 8:1 /srv/data /bound rw - ext4 /dev/sda1 rw
29 27 8:17 / /mnt/with\040space rw - xfs /dev/sdb1 rw
30 27 0:40 / /run rw - tmpfs tmpfs rw
31 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
32 27 0:50 / /mnt/share rw - nfs4 server:/share rw
33 27 0:51 / /mnt/sshfs rw - fuse.sshfs somebody@host:/ rw
34 27 0:52 / /var/lib/docker/overlay2/abc/merged rw - overlay overlay rw
"""
IN_A_CONTAINER = r"""1 0 0:60 / / rw - overlay overlay rw,lowerdir=/a
2 1 8:1 /var/lib/containers/hosts /etc/hosts rw - ext4 /dev/sda1 rw
3 1 8:1 /volumes/database /var/lib/postgresql/data rw - ext4 /dev/sda1 rw
"""


def test_disks_of_this_machine_are_looked_at_once_each() -> None:
    assert [mount.path for mount in real_mounts(parse_mountinfo(MOUNTS))] == ["/", "/mnt/with space"]


def test_a_container_shows_its_root_and_its_volumes_but_no_single_files() -> None:
    paths = [mount.path for mount in real_mounts(parse_mountinfo(IN_A_CONTAINER))]
    assert paths == ["/", "/var/lib/postgresql/data"]


def test_file_systems_that_may_hang_are_named_and_not_asked() -> None:
    note = remote_note(parse_mountinfo(MOUNTS))
    assert note is not None
    assert note.endswith(": /mnt/share, /mnt/sshfs")
    assert remote_note(parse_mountinfo(IN_A_CONTAINER)) is None


def space(*, blocks: int, free: int, available: int, files: int = 100, free_files: int = 25) -> os.statvfs_result:
    return os.statvfs_result((4096, 4096, blocks, free, available, files, free_files, free_files, 0, 255))


def test_use_is_told_of_what_users_may_use() -> None:
    values = {str(key): value for key, value in used(space(blocks=100, free=20, available=10), "/").items()}
    assert values['host_filesystem_used_percent{mount="/"}'] == 100 * 80 / 90
    assert values['host_filesystem_free_bytes{mount="/"}'] == 10 * 4096
    assert values['host_filesystem_inodes_used_percent{mount="/"}'] == 75


def test_file_systems_without_inodes_or_without_space_have_no_shares_of_them() -> None:
    values = used(space(blocks=0, free=0, available=0, files=0, free_files=0), "/")
    assert [key.name for key in values] == ["host_filesystem_free_bytes"]


def test_a_mount_that_has_gone_is_passed_over() -> None:
    assert look_at(real_mounts(parse_mountinfo("1 0 8:1 / /no/such/place rw - ext4 /dev/sda1 rw\n"))) == {}
