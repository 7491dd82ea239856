/**
 * Snapshots kept: the ring of the last minutes in memory, and recordings in files.
 */
@NullMarked
package org.bhyvescope.hypervisor.recording;

import org.jspecify.annotations.NullMarked;
