/**
 * A dump explained: what it is, how each vCPU stood, what its last exit and control words mean, findings and what does not
 * follow from them. Pure.
 */
@NullMarked
package org.bhyvescope.decode.explain;

import org.jspecify.annotations.NullMarked;
