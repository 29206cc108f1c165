import { catalogEndpoints } from './api/catalog.ts';
import { commentEndpoints } from './api/comments.ts';
import { completenessEndpoints } from './api/completeness.ts';
import { customerListEndpoints } from './api/customer-list.ts';
import { customerEndpoints } from './api/customers.ts';
import { documentEndpoints, uploadEndpoints } from './api/documents.ts';
import { healthEndpoints } from './api/health.ts';
import { linkEndpoints } from './api/links.ts';
import { notificationEndpoints } from './api/notifications.ts';
import { portalEndpoints, portalUploadEndpoints } from './api/portal.ts';
import { queueEndpoints } from './api/review-queue.ts';
import { reviewEndpoints } from './api/reviews.ts';
import { secondFactorEndpoints } from './api/second-factor.ts';
import { streamEndpoints } from './api/streams.ts';
import { authEndpoints, userEndpoints } from './api/users.ts';
import { viewEndpoints } from './api/views.ts';

/** Every endpoint, by feature and name of the operation. */
export const ENDPOINTS = {
  auth: authEndpoints,
  secondFactor: secondFactorEndpoints,
  users: userEndpoints,
  customers: { ...customerListEndpoints, ...customerEndpoints, ...completenessEndpoints },
  documents: documentEndpoints,
  uploads: uploadEndpoints,
  reviews: reviewEndpoints,
  queue: queueEndpoints,
  comments: commentEndpoints,
  notifications: notificationEndpoints,
  links: linkEndpoints,
  views: viewEndpoints,
  catalog: catalogEndpoints,
  streams: streamEndpoints,
  portal: portalEndpoints,
  portalUploads: portalUploadEndpoints,
  health: healthEndpoints,
};
