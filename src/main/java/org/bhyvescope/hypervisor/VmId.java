package org.bhyvescope.hypervisor;

import java.time.Instant;

/**
 * Which VM: the same name can be destroyed and created again, so its device node tells one from the next.
 *
 * @param name the VM's name, which is its node's name under {@code /dev/vmm}
 * @param inode the node's inode number
 * @param created the node's ctime: when the VM was created (or its node's mode was changed)
 */
public record VmId(String name, long inode, Instant created) {}
