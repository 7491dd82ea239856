/**
 * Snapshots by ioctls on the VMs' devices.
 */
@NullMarked
package org.bhyvescope.hypervisor.vmmdev;

import org.jspecify.annotations.NullMarked;
