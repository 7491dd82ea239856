/**
 * Where snapshots come from: the {@code Hypervisor} interface and the plain records that it yields.
 */
@NullMarked
package org.bhyvescope.hypervisor;

import org.jspecify.annotations.NullMarked;
