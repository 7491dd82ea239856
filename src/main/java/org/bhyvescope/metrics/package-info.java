/**
 * To Prometheus: one collector for VM data, Micrometer for the agent itself.
 */
@NullMarked
package org.bhyvescope.metrics;

import org.jspecify.annotations.NullMarked;
