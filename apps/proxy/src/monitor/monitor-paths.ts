/** What a monitor answers, and the method that each path takes. */
export const MONITOR_PATHS = {
  "/": "GET",
  "/metrics": "GET",
  "/api/status": "GET",
  "/api/events": "GET",
  "/api/sign-in": "POST",
  "/api/sign-out": "POST",
} as const;

export function isMonitorPath(path: string): path is keyof typeof MONITOR_PATHS {
  return Object.hasOwn(MONITOR_PATHS, path);
}
