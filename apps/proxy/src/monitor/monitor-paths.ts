/** The monitor's paths, and the method of each. */
export const MONITOR_PATHS = {
  "/": "GET",
  "/metrics": "GET",
  "/api/status": "GET",
  "/api/events": "GET",
  "/api/usage": "GET",
  "/api/sign-in": "POST",
  "/api/sign-out": "POST",
} as const;

export function isMonitorPath(path: string): path is keyof typeof MONITOR_PATHS {
  return Object.hasOwn(MONITOR_PATHS, path);
}

/** Returns true for the page, which has no data. */
export function isPublicPath(path: string): boolean {
  return path === "/";
}
