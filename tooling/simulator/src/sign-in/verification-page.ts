import {
  createVerificationPage,
  PAGE_HEADERS,
  type PageAnswer,
  type Reply,
  type VerificationPageOptions,
} from "@tokenflow/conformance/server";
import { type Route, route, type ServiceRequest } from "../server/service.ts";

/** Returns the routes of the page on which a person types the user code, and authorizes or cancels. */
export function createVerificationRoutes(options: VerificationPageOptions): readonly Route[] {
  const { path } = options;
  const page = createVerificationPage(options);
  const send = ({ entry }: ServiceRequest, reply: Reply, answer: PageAnswer): Promise<void> => {
    if (answer.outcome !== undefined) entry.outcome = answer.outcome;
    return reply.text(answer.status, answer.html, PAGE_HEADERS);
  };
  return [
    route(`GET ${path}`, "page", (request, reply) => send(request, reply, page.show())),
    route(`POST ${path}`, "page", (request, reply) => send(request, reply, page.enter(request.fields))),
    route(`POST ${path}/confirm`, "page", (request, reply) =>
      send(request, reply, page.confirm(request.fields)),
    ),
  ];
}
