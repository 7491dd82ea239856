/**
 * Snapshots by running bhyvectl, one process per vCPU.
 */
@NullMarked
package org.bhyvescope.hypervisor.bhyvectl;

import org.jspecify.annotations.NullMarked;
