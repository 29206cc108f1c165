import { commentEndpoints } from './api/comments.ts';
import { linkEndpoints } from './api/links.ts';
import { notificationEndpoints } from './api/notifications.ts';
import { authEndpoints, userEndpoints } from './api/users.ts';
import { viewEndpoints } from './api/views.ts';

/** Every endpoint, by feature and name of the operation. */
export const ENDPOINTS = {
  auth: authEndpoints,
  users: userEndpoints,
  comments: commentEndpoints,
  notifications: notificationEndpoints,
  links: linkEndpoints,
  views: viewEndpoints,
};
