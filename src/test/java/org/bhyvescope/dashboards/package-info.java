/**
 * Dashboard files as tests and measurements read them: the queries of their panels, filled in and asked as Grafana does.
 */
@NullMarked
package org.bhyvescope.dashboards;

import org.jspecify.annotations.NullMarked;
