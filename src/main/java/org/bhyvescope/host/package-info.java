/**
 * The machine around the VMs.
 */
@NullMarked
package org.bhyvescope.host;

import org.jspecify.annotations.NullMarked;
