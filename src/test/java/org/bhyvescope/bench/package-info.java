/**
 * {@code make bench}: what the agent costs, measured in one run against what it is compared with.
 */
@NullMarked
package org.bhyvescope.bench;

import org.jspecify.annotations.NullMarked;
